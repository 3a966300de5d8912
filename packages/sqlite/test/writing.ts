import type { DocumentStore, MutationResult, StoreToken } from '@scopes/core'

/** The bytes of a text. */
export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** The text of a stored document, or undefined when there is none. */
export async function textAt(store: DocumentStore, key: string): Promise<string | undefined> {
  const document = await store.load(key)
  return document && new TextDecoder().decode(document.bytes)
}

/** The token of a mutation that was done; throws when it was refused. */
export function done(result: MutationResult): StoreToken {
  if (result.type === 'refused') throw new Error(`refused as ${result.reason}`)
  return result.token
}

/** What a promise rejects with; throws when it resolves. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  let value: unknown
  try {
    value = await promise
  } catch (error) {
    return error
  }
  throw new Error(
    `resolved to ${JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part))}`,
  )
}
