import { type History, type HistoryEvent, checkHistory, explainViolation, joinHistories } from '@scopes/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { randomOf, rounds, seed } from './settings.ts'
import { type WriterProcess, startWriters } from './start-writers.ts'
import { hasFeed, sharedStores, storesOfThisRun } from './stores.ts'

// What processes that write, watch and end scopes at the same time saw, joined and judged by the history checker.

const ids = ['one', 'two', 'three']
const writersEach = 8
// The checker compares every state with every write.
const operations = 8 + 2 * rounds

function record(writer: WriterProcess, index: number): Promise<void> {
  const ownSeed = seed * 10_000 + index * 100
  return writer.ask('record', { name: `p${index}`, seed: ownSeed, writers: writersEach, operations, ids })
}

/** What went on until now, and what all who are there show when they have been told what is stored. */
async function joined(alive: readonly WriterProcess[], killed: readonly History[] = []): Promise<History> {
  const [first] = alive
  if (first === undefined) throw new Error('There is no process.')
  const finals = await first.ask('finals', {})
  const written = alive.map(writer => writer.history())
  for (const writer of alive) await writer.ask('settle', finals)
  const settled = alive.map((writer, index) => writer.history(written[index]?.events.length))
  expect(finals.events).toHaveLength(ids.length)
  return joinHistories([[...written, ...killed], settled, [finals]])
}

/** All that a process told before it was killed, and that it was. */
function killedHistory(victim: WriterProcess): History {
  const { events } = victim.history()
  const last = events.at(-1)
  if (last === undefined) throw new Error('It has told nothing.')
  const { recorder, order, phase, process } = last
  return { events: [...events, { type: 'killed', recorder, order: order + 1, phase, process }] }
}

/** Nothing is wrong with it. */
function expectSound(history: History): void {
  const [worst] = checkHistory(history)
  expect(worst && explainViolation(history, worst)).toBeUndefined()
}

function isStored(event: HistoryEvent): boolean {
  return event.type === 'succeeded' && event.version !== undefined
}

describe(`the history checker finds nothing wrong (seed ${seed})`, { timeout: 120_000 }, () => {
  // One process on a store that others could share is no other case than one on a store of its own.
  const crowds = storesOfThisRun.flatMap(({ store, counts }) =>
    counts
      .filter(count => hasFeed(store) && (count > 1 || counts.length === 1))
      .map(processes => ({ store, processes })),
  )
  test.each(crowds)('$store, $processes processes', async ({ store, processes }) => {
    const writers = await startWriters(store, processes)
    onTestFinished(() => writers.close())
    await Promise.all(writers.processes.map(record))
    const history = await joined(writers.processes)
    // It is about something.
    expect(history.events.filter(isStored).length).toBeGreaterThan(writersEach * operations * processes * 0.5)
    expectSound(history)
  })

  test.skip.each(storesOfThisRun.filter(({ store }) => !hasFeed(store)))(
    '$store: there is no feed to watch by',
    () => {},
  )

  test.each(sharedStores.filter(hasFeed))(
    '%s, and one of three processes is killed, another one stopped for a while',
    async store => {
      const writers = await startWriters(store, 3)
      onTestFinished(() => writers.close())
      const [victim, stopped, witness] = writers.processes
      if (!victim || !stopped || !witness) throw new Error('There is a process missing.')
      const recording = Promise.allSettled(writers.processes.map(record))
      const count = 1 + randomOf(50).below(writersEach * operations * 0.5)
      await victim.untilTold(count, told => told.type === 'happened' && isStored(told.event))
      victim.signal('SIGKILL')
      stopped.signal('SIGSTOP')
      await victim.gone
      stopped.signal('SIGCONT')
      const [, ...others] = await recording
      expect(others.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled'])
      expectSound(await joined([stopped, witness], [killedHistory(victim)]))
    },
  )
})
