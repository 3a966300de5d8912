import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type DocumentStore, decodeDocument, defineScope, openScopes } from '@scopes/core'
import { couchbaseStore, parseCouchbaseUrl } from '@scopes/couchbase'
import { sqliteStore } from '@scopes/sqlite'
import { bundleProgram } from '@scopes/test-programs'
import { startProgram } from '@scopes/testing'
import { startCouchbaseServer } from '@scopes/testing/couchbase-server'
import { expect, onTestFinished, test } from 'vitest'
import type { StoppedPlace, StoppedTold } from './stopped-program.ts'

/** How long the process stands still at least, in milliseconds; by hand 30,000, which is longer than a claim stands. */
const pauseMs = Number(process.env['PAUSE_MS'] ?? 0)
const claimMs = 20_000

const Visit = defineScope({ kind: 'visit', initial: () => ({ pages: 0 }), idle: '2s', keepEnds: '1d' })
const stoppedProgram = await bundleProgram(new URL('./stopped-program.ts', import.meta.url))
const ids = Array.from({ length: 8 }, (_, index) => `v${index}`)
const leaseMs = 1000

async function sqlitePlace(): Promise<StoppedPlace> {
  const directory = await mkdtemp(join(tmpdir(), 'scopes-stopped-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return { type: 'sqlite', path: join(directory, 'scopes.db') }
}

async function couchbasePlace(): Promise<StoppedPlace> {
  const server = await startCouchbaseServer({ buckets: [{ name: 'scopes', vbuckets: 16 }] })
  onTestFinished(() => server.close())
  return { type: 'couchbase', url: `couchbase://Administrator:password@127.0.0.1:${server.ports[0]}/scopes` }
}

function storeAt(place: StoppedPlace): DocumentStore {
  if (place.type === 'sqlite') return sqliteStore({ path: place.path })
  return couchbaseStore(parseCouchbaseUrl(place.url))
}

test.each([
  ['SQLite', sqlitePlace],
  ['Couchbase', couchbasePlace],
] as const)(
  'on %s: a process that was stopped while others ended its scopes writes to none of them, and none is told again',
  async (_store, setup) => {
    const place = await setup()
    const store = storeAt(place)
    const scopes = await openScopes({
      application: 'shop',
      process: 'this',
      store,
      reaper: { leaseMs },
      openTimeoutMs: 60_000,
    })
    onTestFinished(() => scopes.close())
    const told: { readonly id: string; readonly deliveryId: string }[] = []
    let look: () => void = () => {}
    scopes.onEnd(Visit, ({ key: { id }, deliveryId }) => {
      told.push({ id, deliveryId })
      look()
    })
    const other = startProgram<StoppedTold>(stoppedProgram, { input: { place, ids, leaseMs }, execArgv: [] })
    onTestFinished(async () => {
      other.signal('SIGKILL')
      await other.gone
    })
    const toldThere = (): typeof told => other.told.filter(message => message.type === 'told')
    await other.until((message): message is StoppedTold & { type: 'ready' } => message.type === 'ready')
    other.signal('SIGSTOP')
    // What it had not told by then is told here, when its leases are over; the end that its handler is at work on waits longer.
    const mustTell = pauseMs > claimMs ? [...ids, 'slow'] : ids
    await new Promise<void>(resolve => {
      look = () => {
        const ended = new Set([...told, ...toldThere().filter(({ id }) => id !== 'slow')].map(({ id }) => id))
        if (mustTell.every(id => ended.has(id))) resolve()
      }
      look()
    })
    if (pauseMs > 0) await setTimeout(pauseMs)
    expect(told.length).toBeGreaterThan(0)
    other.tell({})
    other.signal('SIGCONT')
    const { outcomes } = await other.until(
      (message): message is Extract<StoppedTold, { type: 'outcomes' }> => message.type === 'outcomes',
    )
    expect(outcomes).toEqual(ids.map(() => 'ended'))
    await other.gone
    const all = [...toldThere(), ...told]
    const toldOf = (id: string): number => all.filter(one => one.id === id).length
    expect(ids.map(toldOf)).toEqual(ids.map(() => 1))
    // The handler that was stopped at its work is done in the end; on a machine that is busy enough it has been overtaken, too.
    expect(toldOf('slow')).toBeGreaterThanOrEqual(pauseMs > claimMs ? 2 : 1)
    expect(toldOf('slow')).toBeLessThanOrEqual(2)
    expect(new Set(all.map(({ deliveryId }) => deliveryId)).size).toBe(ids.length + 1)
    for (const id of [...ids, 'slow']) {
      const stored = await store.load(`visit:shop:${id}`)
      expect(stored && decodeDocument(stored.bytes), id).toMatchObject({ delivery: { type: 'delivered' } })
    }
  },
  180_000 + pauseMs,
)
