import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { newStore } from './new-store.ts'
import { withRawDatabase } from './raw-database.ts'
import { type StoreProcess, startProcess } from './start-process.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const key = 'session:shop:1'

describe('several processes on one file', { timeout: 60_000 }, () => {
  test('two processes that add to one document at the same time lose nothing', async () => {
    const path = join(await temporaryDirectory(), 'scopes.db')
    const times = 250
    const others = [
      startProcess({ type: 'append', path, key, times }),
      startProcess({ type: 'append', path, key, times }),
    ]
    await Promise.all(others.map(other => other.told('finished')))
    const store = await newStore({ path })
    expect((await store.load(key))?.bytes).toHaveLength(2 * times)
    await Promise.all(others.map(({ gone }) => gone))
  })

  test('a process that was killed while it wrote leaves no gap, and all that it was promised', async () => {
    const path = join(await temporaryDirectory(), 'scopes.db')
    const survivor = startProcess({ type: 'write-on', path, name: 'survivor', lanes: 1 })
    await survivor.told('acknowledged')
    for (let round = 0; round < 3; round++) {
      const victim = startProcess({ type: 'write-on', path, name: `victim-${round}`, lanes: 4 })
      await acknowledgements(victim, 20 + round * 37)
      victim.signal('SIGKILL')
      await victim.gone
      await expectAcknowledged(path, victim)
      // The survivor goes on.
      await acknowledgements(survivor, survivor.answers.length + 20)
    }
    survivor.signal('SIGKILL')
    await survivor.gone
    await expectAcknowledged(path, survivor)
    const health = await withRawDatabase(path, raw => raw.prepare('PRAGMA integrity_check').all())
    expect(health).toEqual([{ integrity_check: 'ok' }])
  })

  test('S01: readers that are killed one after the other use nothing up', async () => {
    const path = join(await temporaryDirectory(), 'scopes.db')
    const store = await newStore({ path })
    await store.insert(key, Uint8Array.of(1))
    for (let round = 0; round < 10; round++) await Promise.all(Array.from({ length: 4 }, () => killedReader(path)))
    expect(await store.insert('session:shop:2', Uint8Array.of(1))).toMatchObject({ type: 'done' })
    const late = await newStore({ path })
    expect((await late.load(key))?.bytes).toEqual(Uint8Array.of(1))
    // A checkpoint gets through: no dead reader holds the log back.
    const row = await withRawDatabase(path, raw => raw.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get())
    expect(row).toMatchObject({ busy: 0 })
  })
})

/** Resolves when so many answers have come. */
async function acknowledgements(other: StoreProcess, count: number): Promise<void> {
  await expect.poll(() => other.answers.length, { timeout: 30_000 }).toBeGreaterThan(count)
}

/** Every document holds at least what was acknowledged, without a gap, and is what the log says of it. */
async function expectAcknowledged(path: string, other: StoreProcess): Promise<void> {
  const promised = new Map<string, number>()
  for (const answer of other.answers) {
    if (answer.type === 'acknowledged') promised.set(answer.key, answer.length)
  }
  expect(promised.size).toBeGreaterThan(0)
  const store = await newStore({ path })
  for (const [lane, length] of promised) {
    const bytes = (await store.load(lane))?.bytes ?? new Uint8Array()
    expect(bytes.length, lane).toBeGreaterThanOrEqual(length)
    expect(
      bytes.every((byte, index) => byte === index % 256),
      `${lane} has no gap`,
    ).toBe(true)
  }
  const torn = await withRawDatabase(path, raw =>
    raw
      .prepare('SELECT d.key FROM docs d WHERE d.token <> (SELECT max(c.seq) FROM changes c WHERE c.key = d.key)')
      .all(),
  )
  expect(torn).toEqual([])
  await store.close()
}

/** A process that is killed in the middle of a read. It speaks to SQLite itself, so that it starts quickly. */
async function killedReader(path: string): Promise<void> {
  const driver = createRequire(import.meta.url).resolve('@photostructure/sqlite')
  const program = `
    const { DatabaseSync } = require(${JSON.stringify(driver)})
    const database = new DatabaseSync(process.argv[1])
    database.exec('BEGIN')
    database.prepare('SELECT count(*) FROM docs').get()
    console.log('reading')
    setInterval(() => {}, 60000)`
  const child = spawn(process.execPath, ['-e', program, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  await Promise.race([once(child.stdout, 'data'), exited])
  expect(child.exitCode, 'it was reading').toBeNull()
  child.kill('SIGKILL')
  await exited
}
