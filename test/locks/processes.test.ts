import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Scope, type Scopes, defineScope, openScopes } from '@scopes/core'
import { sqliteStore } from '@scopes/sqlite'
import { bundleProgram } from '@scopes/test-programs'
import { type Program, startProgram } from '@scopes/testing'
import { expect, onTestFinished, test } from 'vitest'
import type { LockTold, Till as TillState } from './lock-program.ts'

const Till = defineScope({ kind: 'till', initial: (): TillState => ({ count: 0 }) })
const lockProgram = await bundleProgram(new URL('./lock-program.ts', import.meta.url))
const leaseMs = 500

/** Another process holds the lock, on the SQLite file of this one. */
async function heldElsewhere(): Promise<{
  readonly other: Program<LockTold>
  readonly scopes: Scopes
  readonly till: Scope<TillState>
}> {
  const directory = await mkdtemp(join(tmpdir(), 'scopes-locks-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const path = join(directory, 'scopes.db')
  const scopes = await openScopes({ application: 'shop', process: 'this', store: sqliteStore({ path }) })
  onTestFinished(() => scopes.close())
  const till = await scopes.open(Till, 'front')
  await till.update(draft => void (draft.count = 1))
  const other = startProgram<LockTold>(lockProgram, { input: { path, leaseMs } })
  onTestFinished(async () => {
    other.signal('SIGKILL')
    await other.gone
  })
  await other.until((message): message is LockTold => message.type === 'inside')
  return { other, scopes, till }
}

const stored = async (scopes: Scopes): Promise<number> => (await scopes.open(Till, 'front')).value.count

test('a lock is kept out of the hands of others while its process lives, whose name is told', async () => {
  const { other, scopes } = await heldElsewhere()
  const late = scopes.lock({ name: 'till', timeoutMs: 3 * leaseMs }, () => {})
  await expect(late).rejects.toMatchObject({ code: 'lock-timeout', holders: ['other'] })
  other.tell({})
  const { outcome } = await other.until(
    (told): told is Extract<LockTold, { type: 'outcome' }> => told.type === 'outcome',
  )
  expect(outcome).toBe('written')
  await other.gone
  expect(await scopes.lock({ name: 'till' }, () => stored(scopes))).toBe(101)
})

test('the lock of a killed process is free after its lease', async () => {
  const { other, scopes, till } = await heldElsewhere()
  other.signal('SIGKILL')
  await other.gone
  await scopes.lock({ name: 'till' }, () => till.update(draft => void draft.count++))
  expect(await stored(scopes)).toBe(2)
})

test('a process that was stopped beyond its lease comes back and writes nothing over its successor', async () => {
  const { other, scopes, till } = await heldElsewhere()
  other.signal('SIGSTOP')
  other.tell({})
  await scopes.lock({ name: 'till' }, () => till.update(draft => void draft.count++))
  other.signal('SIGCONT')
  const { outcome } = await other.until(
    (told): told is Extract<LockTold, { type: 'outcome' }> => told.type === 'outcome',
  )
  expect(outcome).toBe('lock-lost')
  await other.gone
  expect(await stored(scopes)).toBe(2)
})
