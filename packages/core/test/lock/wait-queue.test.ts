import { expect, test } from 'vitest'
import { type Turn, WaitQueue } from '../../src/lock/wait-queue.ts'
import { refusalOf } from './gate.ts'
import { settled } from './stepping-clock.ts'

const never = new AbortController().signal

/** Those whose turn it is, by name. */
function line(): {
  readonly queue: WaitQueue
  readonly turns: Map<string, Turn>
  enter: (name: string, isAlone?: boolean) => void
} {
  const queue = new WaitQueue()
  const turns = new Map<string, Turn>()
  return {
    queue,
    turns,
    enter: (name, isAlone = true) => void queue.enter('key', isAlone, never).then(turn => turns.set(name, turn)),
  }
}

test('one of the process asks the store at a time, in the order in which they came', async () => {
  const { turns, enter } = line()
  for (const name of ['a', 'b', 'c']) enter(name)
  await settled()
  expect([...turns.keys()]).toEqual(['a'])
  turns.get('a')?.granted()
  await settled()
  // Held alone: nobody else need ask.
  expect([...turns.keys()]).toEqual(['a'])
  turns.get('a')?.released()
  await settled()
  expect([...turns.keys()]).toEqual(['a', 'b'])
  turns.get('b')?.gaveUp()
  await settled()
  expect([...turns.keys()]).toEqual(['a', 'b', 'c'])
})

test('who holds it with others lets the next ask, also one who wants it alone', async () => {
  const { turns, enter } = line()
  enter('reader', false)
  enter('writer')
  enter('reader 2', false)
  await settled()
  turns.get('reader')?.granted()
  await settled()
  expect([...turns.keys()]).toEqual(['reader', 'writer'])
})

test('who does not want to wait any more leaves the line, and the others move up', async () => {
  const { queue, turns, enter } = line()
  enter('a')
  const abort = new AbortController()
  const waiting = refusalOf(queue.enter('key', true, abort.signal))
  enter('c')
  abort.abort(new RangeError('late'))
  expect(await waiting).toBeInstanceOf(RangeError)
  turns.get('a')?.gaveUp()
  await settled()
  expect([...turns.keys()]).toEqual(['a', 'c'])
  expect(await refusalOf(queue.enter('key', true, abort.signal))).toBeInstanceOf(RangeError)
})

test('keys have nothing to do with each other, and nothing is kept of one that nobody wants', async () => {
  const { queue, turns, enter } = line()
  enter('a')
  await settled()
  expect([queue.isFree('key'), queue.isFree('other')]).toEqual([false, true])
  turns.get('a')?.granted()
  expect(queue.isFree('key')).toBe(false)
  turns.get('a')?.released()
  expect(queue.isFree('key')).toBe(true)
})
