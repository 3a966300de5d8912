import assert from 'node:assert/strict'

import { ScopesError, type DocumentStore, type MutationOptions, type StoreToken } from '@scopes/core'

import type { Clause } from '../contract/clause.ts'
import { bytesOf, expectDocument, expectNoDocument, textOf } from '../contract/expect-document.ts'
import { expectDone } from '../contract/expect-result.ts'
import { within } from '../contract/within.ts'

const key = 'session:shop:1'

/** Abort signals. */
export const abortClauses: readonly Clause[] = [
  {
    name: 'abort: a call whose signal has aborted before rejects, and nothing is executed',
    run: async ({ openStore, patienceMs }) => {
      const store = await openStore()
      const token = expectDone(await store.insert(key, bytesOf('a')))
      const signal = AbortSignal.abort(new Error('given up'))
      const calls = {
        load: store.load(key, { signal }),
        insert: store.insert('session:shop:2', bytesOf('b'), { signal }),
        append: store.append(key, bytesOf('b'), token, { signal }),
        replace: store.replace(key, bytesOf('b'), token, { signal }),
        remove: store.remove(key, token, { signal }),
      }
      const settled = Promise.allSettled(Object.values(calls))
      const results = await within(patienceMs, 'answers to aborted calls', settled)
      for (const [index, name] of Object.keys(calls).entries()) {
        const result = results[index]
        if (result?.status !== 'rejected') assert.fail(`${name} was answered`)
        expectAbort(result.reason, signal)
      }
      assert.equal(await expectDocument(store, key, 'a'), token)
      await expectNoDocument(store, 'session:shop:2')
    },
  },
  {
    name: 'abort: a mutation that is aborted under way is executed whole or not at all, as its answer says',
    run: async ({ openStore, patienceMs }) => {
      const store = await openStore()
      const rounds = Array.from({ length: 20 }, (_, index) => `session:shop:${index}`)
      const tokens = new Map<string, StoreToken>()
      for (const name of rounds) tokens.set(name, expectDone(await store.insert(name, bytesOf('a'))))
      const answers = new Map<string, 'done' | 'none' | 'unknown'>()
      for (const name of rounds) {
        const token = tokens.get(name)
        assert.ok(token !== undefined)
        const answer = abortUnderWay(options => store.append(name, bytesOf('bc'), token, options))
        answers.set(name, await within(patienceMs, 'the answer to an aborted append', answer))
      }
      for (const [name, answer] of answers) await expectWholeOrNot(store, name, answer)
    },
  },
]

/** Aborts right after the call was made; what the caller learned of the mutation. */
async function abortUnderWay(
  mutate: (options: MutationOptions) => Promise<unknown>,
): Promise<'done' | 'none' | 'unknown'> {
  const controller = new AbortController()
  const answer = mutate({ signal: controller.signal })
  controller.abort(new Error('given up'))
  try {
    await answer
    return 'done'
  } catch (error) {
    expectAbort(error, controller.signal)
    // An error that says nothing of the outcome leaves it open.
    return error instanceof ScopesError ? (error.outcome ?? 'unknown') : 'unknown'
  }
}

async function expectWholeOrNot(store: DocumentStore, name: string, answer: string): Promise<void> {
  const document = await store.load(name)
  const text = document && textOf(document.bytes)
  const allowed = answer === 'done' ? ['abc'] : answer === 'none' ? ['a'] : ['a', 'abc']
  assert.ok(text !== undefined && allowed.includes(text), `answer ${answer}, document ${text}`)
}

function expectAbort(error: unknown, signal: AbortSignal): void {
  const isKnown = error === signal.reason || error instanceof ScopesError
  assert.ok(isKnown, `rejected with ${String(error)} instead of the signal's reason or a ScopesError`)
}
