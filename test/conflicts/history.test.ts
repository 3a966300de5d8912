import { type History, checkHistory, explainViolation, joinHistories } from '@scopes/testing'
import { expect, onTestFinished, test } from 'vitest'
import { rounds, seed } from './settings.ts'
import { startWriters } from './start-writers.ts'
import { crowds } from './stores.ts'

const ids = ['one', 'two', 'three']

test.each(crowds)(
  `$store, $processes processes: the history checker finds nothing wrong in what all of them saw (seed ${seed})`,
  { timeout: 60_000 },
  async ({ store, processes }) => {
    const started = await startWriters(store, processes)
    onTestFinished(() => started.close())
    const writers = started.processes
    const historiesOf = (): Promise<readonly History[]> => Promise.all(writers.map(writer => writer.ask('history', {})))
    await Promise.all(
      writers.map((writer, index) =>
        writer.ask('record', {
          name: `p${index}`,
          seed: seed * 10_000 + index * 100,
          writers: 8,
          operations: 6 * rounds,
          ids,
        }),
      ),
    )
    const first = writers[0]
    if (first === undefined) throw new Error('There is no process.')
    const finals = await first.ask('finals', {})
    const written = await historiesOf()
    for (const writer of writers) await writer.ask('settle', finals)
    const settled = await historiesOf()
    const history = joinHistories([written, settled, [finals]])
    const violations = checkHistory(history)
    // To explain one takes long: it is shrunk.
    const [worst] = violations
    expect(worst && explainViolation(history, worst)).toBeUndefined()
    // It is about something: writes of every process, in each scope.
    const marks = history.events.filter(event => event.type === 'succeeded' && event.version !== undefined)
    expect(marks.length).toBeGreaterThan(8 * 6 * processes * 0.5)
    expect(finals.events).toHaveLength(ids.length)
  },
)
