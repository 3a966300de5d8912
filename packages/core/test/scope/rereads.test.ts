import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { onTestFinished, expect, test } from 'vitest'
import { UnreadableDocumentError, StoreUnavailableError, systemClock } from '../../src/index.ts'
import { Rereads } from '../../src/scope/rereads.ts'

// The pauses between tries are not waited for.
const clock = { ...systemClock, sleep: () => Promise.resolve() }

/** A scope whose reads are answered by hand. */
class Scope {
  readonly documentKey = 'session:shop:s1'
  readonly #reads: { readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = []
  begun = 0

  refresh(): Promise<void> {
    this.begun++
    return new Promise((resolve, reject) => this.#reads.push({ resolve, reject }))
  }

  async answer(error?: Error): Promise<void> {
    const read = this.#reads.shift()
    if (error) read?.reject(error)
    else read?.resolve()
    await new Promise(resolve => setImmediate(resolve))
  }
}

function reported(): unknown[] {
  const messages: unknown[] = []
  const note = (message: unknown): void => void messages.push(message)
  subscribe('scopes:background-failed', note)
  onTestFinished(() => void unsubscribe('scopes:background-failed', note))
  return messages
}

test('re-read: what is asked for while a scope is being read is read once more, by a later question', async () => {
  const rereads = new Rereads(clock)
  const scope = new Scope()
  rereads.add(scope)
  rereads.add(scope)
  rereads.add(scope)
  expect(scope.begun).toBe(1)
  await scope.answer()
  expect(scope.begun).toBe(2)
  await scope.answer()
  expect(scope.begun).toBe(2)
})

test('re-read: until an answer has come, however often the store fails; each failure is told', async () => {
  const messages = reported()
  const rereads = new Rereads(clock)
  const scope = new Scope()
  rereads.add(scope)
  for (let failure = 0; failure < 5; failure++) await scope.answer(new StoreUnavailableError('down'))
  expect(scope.begun).toBe(6)
  await scope.answer()
  expect(scope.begun).toBe(6)
  expect(messages).toHaveLength(5)
})

test('a document that cannot be read is told and not read for ever', async () => {
  const messages = reported()
  const rereads = new Rereads(clock)
  const scope = new Scope()
  rereads.add(scope)
  await scope.answer(new UnreadableDocumentError('damaged'))
  expect(scope.begun).toBe(1)
  expect(messages).toMatchObject([{ what: 'reading', documentKey: 'session:shop:s1' }])
})

test('many are read a few at a time, and all are', async () => {
  const rereads = new Rereads(clock)
  const scopes = Array.from({ length: 100 }, () => new Scope())
  for (const scope of scopes) rereads.add(scope)
  const begun = (): number => scopes.filter(scope => scope.begun > 0).length
  expect(begun()).toBe(32)
  for (const scope of scopes) await scope.answer()
  expect(begun()).toBe(100)
})

test('after closing nothing more is read', async () => {
  const rereads = new Rereads(clock)
  const scope = new Scope()
  rereads.add(scope)
  rereads.close()
  await scope.answer(new StoreUnavailableError('closed'))
  rereads.add(scope)
  expect(scope.begun).toBe(1)
})

test('many that pause at once are not taken for a leak of listeners, and closing wakes all of them', async () => {
  const slept = new Map<AbortSignal, number>()
  let asleep = 0
  const rereads = new Rereads({
    ...systemClock,
    sleep: async (_ms, signal) => {
      if (signal === undefined) return
      slept.set(signal, (slept.get(signal) ?? 0) + 1)
      asleep++
      await new Promise(resolve => signal.addEventListener('abort', resolve))
      asleep--
    },
  })
  reported()
  const scopes = Array.from({ length: 20 }, () => new Scope())
  for (const scope of scopes) rereads.add(scope)
  for (const scope of scopes) await scope.answer(new StoreUnavailableError('down'))
  expect(asleep).toBe(20)
  expect([...slept.values()]).toEqual(scopes.map(() => 1))
  rereads.close()
  await new Promise(resolve => setImmediate(resolve))
  expect(asleep).toBe(0)
  expect(scopes.map(({ begun }) => begun)).toEqual(scopes.map(() => 1))
})
