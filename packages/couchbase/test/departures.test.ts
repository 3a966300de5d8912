import { setImmediate } from 'node:timers/promises'

import { expect, test } from 'vitest'

import { Departures } from '../src/departures.ts'

/** An answer that is given by hand. */
class Answer {
  resolve: (text: string) => void = () => {}
  reject: (error: Error) => void = () => {}
  readonly given: Promise<string> = new Promise((resolve, reject) => Object.assign(this, { resolve, reject }))
}

/** Requests by name, which are answered by hand. */
function requests() {
  const departures = new Departures()
  const left: string[] = []
  const answers = new Map<string, Answer>()
  const ask = (name: string): Promise<string> =>
    departures.leave(() => {
      left.push(name)
      const answer = new Answer()
      answers.set(name, answer)
      return answer.given
    })
  return { left, ask, answerTo: (name: string) => answers.get(name) }
}

test('a request that is alone leaves within the call', async () => {
  const { left, ask, answerTo } = requests()
  const first = ask('first')
  expect(left).toEqual(['first'])
  answerTo('first')?.resolve('yes')
  await expect(first).resolves.toBe('yes')
  const second = ask('second')
  expect(left).toEqual(['first', 'second'])
  answerTo('second')?.reject(new Error('no'))
  await expect(second).rejects.toThrow('no')
})

test('while another is under way, those of one turn leave together at its end, in the order of the calls', async () => {
  const { left, ask } = requests()
  void ask('first')
  void ask('second')
  await Promise.resolve().then(() => void ask('third'))
  expect(left).toEqual(['first'])
  await setImmediate()
  expect(left).toEqual(['first', 'second', 'third'])
  void ask('fourth')
  expect(left).toHaveLength(3)
  await setImmediate()
  expect(left).toEqual(['first', 'second', 'third', 'fourth'])
})

test('one that cannot leave is told so; the others leave, and who comes when all is quiet does not wait', async () => {
  const departures = new Departures()
  const answer = new Answer()
  const first = departures.leave(() => answer.given)
  const broken = departures.leave(() => {
    throw new TypeError('no such call')
  })
  const third = departures.leave(() => Promise.resolve('third'))
  await expect(broken).rejects.toThrow('no such call')
  await expect(third).resolves.toBe('third')
  answer.resolve('first')
  await expect(first).resolves.toBe('first')
  let hasLeft = false
  const last = departures.leave(() => {
    hasLeft = true
    return Promise.resolve('last')
  })
  expect(hasLeft).toBe(true)
  await expect(last).resolves.toBe('last')
})
