import type { DocumentStore, StoreToken } from '@scopes/core'

import { bytesOf } from '../contract/expect-document.ts'
import { expectDone } from '../contract/expect-result.ts'
import { seededRandom } from '../seeded-random.ts'

/** One write of a history. */
export interface Write {
  readonly key: string
  readonly token: StoreToken
  /** What the document is afterwards; undefined after a removal. */
  readonly text: string | undefined
}

/** Writes, one after the other, all kinds of mutation over these keys; the same ones for the same seed. */
export async function writeHistory(
  store: DocumentStore,
  keys: readonly string[],
  steps: number,
  seed = 1,
): Promise<readonly Write[]> {
  const random = seededRandom(seed)
  const current = new Map<string, Write>()
  const writes: Write[] = []
  for (let step = 0; step < steps; step++) {
    const key = random.pick(keys)
    const write = await mutate(store, key, current.get(key), `${step} `, random.next())
    current.set(key, write)
    writes.push(write)
  }
  return writes
}

async function mutate(
  store: DocumentStore,
  key: string,
  before: Write | undefined,
  text: string,
  choice: number,
): Promise<Write> {
  if (before?.text === undefined) return { key, text, token: expectDone(await store.insert(key, bytesOf(text))) }
  if (choice < 0.5) {
    const token = expectDone(await store.append(key, bytesOf(text), before.token))
    return { key, text: before.text + text, token }
  }
  if (choice < 0.8) return { key, text, token: expectDone(await store.replace(key, bytesOf(text), before.token)) }
  return { key, text: undefined, token: expectDone(await store.remove(key, before.token)) }
}
