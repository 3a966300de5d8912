import assert from 'node:assert/strict'

import type { DocumentStore, FeedMessage, StoreToken } from '@scopes/core'

import { textOf } from '../contract/expect-document.ts'

/** A document as the messages of a feed show it; no text when the feed brings keys only. */
interface PicturedDocument {
  readonly text: string | undefined
  readonly token: StoreToken
}

interface KnownDocument extends PicturedDocument {
  readonly partition: number
  /** A feed that lost its place has not named the document again yet. */
  readonly isDoubtful: boolean
}

/** The documents that a consumer of these messages believes in: of each key the last message counts. */
export function pictureOf(messages: readonly FeedMessage[]): ReadonlyMap<string, PicturedDocument> {
  const known = new Map<string, KnownDocument>()
  for (const message of messages) {
    const { partition } = message
    switch (message.type) {
      case 'document': {
        const text = message.bytes && textOf(message.bytes)
        known.set(message.key, { text, token: message.token, partition, isDoubtful: false })
        break
      }
      case 'removed':
        known.delete(message.key)
        break
      case 'lost':
        for (const [key, document] of known) {
          if (document.partition === partition) known.set(key, { ...document, isDoubtful: true })
        }
        break
      case 'caught-up':
        for (const [key, document] of known) {
          if (document.partition === partition && document.isDoubtful) known.delete(key)
        }
        break
      case 'rolled-back':
        return assert.fail('the feed says that the store lost writes, but it lost none')
      default:
        message satisfies never
    }
  }
  return known
}

/** Fails unless the messages show each of these keys as the store has it now, and no other document. */
export async function expectPicture(
  messages: readonly FeedMessage[],
  store: DocumentStore,
  keys: readonly string[],
  situation: string,
): Promise<void> {
  const picture = pictureOf(messages)
  for (const key of keys) {
    const document = await store.load(key)
    const pictured = picture.get(key)
    assert.equal(pictured?.token, document?.token, `${situation}: the token of ${key}`)
    assert.equal(pictured?.text, document && textOf(document.bytes), `${situation}: the document of ${key}`)
  }
  const others = [...picture.keys()].filter(key => !keys.includes(key))
  assert.deepEqual(others, [], `${situation}: documents that nobody wrote`)
}
