import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineScope, openScopes } from '@scopes/core'
import { sqliteStore } from '@scopes/sqlite'
import { bundleProgram } from '@scopes/test-programs'
import { type Program, startProgram } from '@scopes/testing'
import { onTestFinished, expect, test } from 'vitest'
import type { Question, Told, Visit } from './reader-program.ts'

const Session = defineScope({ kind: 'session', initial: (): Visit => ({ hits: 0 }) })

const readerProgram = await bundleProgram(new URL('./reader-program.ts', import.meta.url))

type Opened = Extract<Told, { type: 'opened' }>

interface Processes {
  /** Another process, which reads its sessions from replicas. It is live. */
  readonly reader: Program<Told>
  /** Opens a session there. */
  readonly openThere: (id: string, atLeast?: string) => Promise<Opened>
  /** Resolves when the process that reads has told that it shows so many hits. */
  readonly untilSeen: (id: string, hits: number) => Promise<void>
  /** Adds a hit here. */
  readonly hit: (id: string) => Promise<string>
  readonly end: (id: string) => Promise<void>
}

/** This process, which writes, and one that reads, on one SQLite file. These sessions have one hit each. */
async function startProcesses(ids: readonly string[], changesKept = 100_000): Promise<Processes> {
  const directory = await mkdtemp(join(tmpdir(), 'scopes-replicas-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const path = join(directory, 'scopes.db')
  const scopes = await openScopes({ application: 'shop', store: sqliteStore({ path, changesKept }) })
  onTestFinished(() => scopes.close())
  const hit = async (id: string): Promise<string> => {
    const session = await scopes.open(Session, id)
    await session.update(draft => void draft.hits++)
    return session.stamp ?? ''
  }
  for (const id of ids) await hit(id)
  const reader = startProgram<Told>(readerProgram, { input: { path, changesKept }, execArgv: [] })
  onTestFinished(async () => {
    reader.signal('SIGKILL')
    await reader.gone
  })
  let questions = 0
  const ask = (question: Question): void => reader.tell(question)
  await reader.until((told): told is Told => told.type === 'status' && told.status === 'live')
  return {
    reader,
    hit,
    end: async id => (await scopes.open(Session, id)).end(),
    openThere: (id, atLeast) => {
      const number = ++questions
      ask({ type: 'open', number, id, atLeast })
      return reader.until((told): told is Opened => told.type === 'opened' && told.number === number)
    },
    untilSeen: async (id, hits) => {
      await reader.until((told): told is Told => told.type === 'seen' && told.id === id && told.hits >= hits)
    },
  }
}

test('what one process commits the other reads from memory: the store is asked for nothing', async () => {
  const { reader, openThere, untilSeen, hit } = await startProcesses(['s1', 's2'])
  reader.tell({ type: 'hold', id: 's1' } satisfies Question)
  await untilSeen('s1', 1)
  for (let commit = 0; commit < 20; commit++) await hit('s1')
  await hit('s2')
  await hit('s3')
  await hit('s1')
  // One order for all: what came before has come.
  await untilSeen('s1', 22)
  expect(await openThere('s1')).toMatchObject({ hits: 22, loads: 0 })
  expect(await openThere('s2')).toMatchObject({ hits: 2, loads: 0 })
  expect(await openThere('s3')).toMatchObject({ hits: 1, loads: 0 })
})

test('a stamp of one process is contained in what the other opens with it, at once', async () => {
  const { openThere, hit } = await startProcesses(['s1'])
  for (let commit = 2; commit < 30; commit++) {
    const stamp = await hit('s1')
    expect(await openThere('s1', stamp)).toMatchObject({ hits: commit, freshness: 'contained' })
  }
})

test('a process that was stopped while others committed and ended its sessions shows none of the old values', async () => {
  const { reader, openThere, untilSeen, hit, end } = await startProcesses(['s1', 's2', 's3'])
  for (const id of ['s1', 's2']) reader.tell({ type: 'hold', id } satisfies Question)
  await untilSeen('s2', 1)
  reader.signal('SIGSTOP')
  for (let commit = 0; commit < 50; commit++) await hit('s1')
  await end('s3')
  await end('s2')
  const stamp = await hit('s1')
  reader.signal('SIGCONT')
  expect(await openThere('s1', stamp)).toMatchObject({ hits: 52, freshness: 'contained' })
  await reader.until((told): told is Told => told.type === 'ended' && told.id === 's2')
  expect(await openThere('s2')).toMatchObject({ isStored: false })
  expect(await openThere('s3')).toMatchObject({ isStored: false })
  expect(
    reader.told.filter(told => told.type === 'seen' && told.id === 's1').map(told => 'hits' in told && told.hits),
  ).toEqual(expect.arrayContaining([1, 52]))
})

test('lost: a process that was stopped for longer than the log goes back learns all the same', async () => {
  const ids = Array.from({ length: 40 }, (_, number) => `s${number}`)
  const { reader, openThere, untilSeen, hit, end } = await startProcesses(ids, 20)
  reader.tell({ type: 'hold', id: 's0' } satisfies Question)
  await untilSeen('s0', 1)
  reader.signal('SIGSTOP')
  for (let round = 0; round < 5; round++) for (const id of ids) await hit(id)
  await end('s1')
  reader.signal('SIGCONT')
  await untilSeen('s0', 6)
  expect(await openThere('s1')).toMatchObject({ isStored: false })
  for (const id of ids.slice(2)) expect(await openThere(id)).toMatchObject({ hits: 6 })
})
