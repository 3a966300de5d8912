import {
  StoreUnavailableError,
  type Clock,
  type DocumentStore,
  type MutationResult,
  type StoreCallOptions,
  type StoreToken,
  type WriteOptions,
} from '@scopes/core'

import {
  deleteDocument,
  maxDocumentBytes,
  putDocument,
  wakeReaders,
  type TinyDisk,
  type TinyDocument,
} from './tiny-disk.ts'
import { tinyFeed } from './tiny-feed.ts'

/**
 * The smallest store that has every capability. It is here to be broken: its methods are properties of a plain object, so
 * that one can be put in the place of another, and all that it keeps lies open on its disk.
 */
export function tinyStore(disk: TinyDisk, clock: Clock, expires = true): DocumentStore {
  let isClosed = false

  const begin = (options: StoreCallOptions = {}): void => {
    if (isClosed) throw new StoreUnavailableError('the tiny store is closed')
    if (options.signal?.aborted === true) throw new StoreUnavailableError('aborted', { cause: options.signal.reason })
    for (const [key, { expiresAt = Infinity }] of disk.documents) {
      if (expires && expiresAt * 1000 <= clock.now()) deleteDocument(disk, key, 'expired')
    }
  }

  const swap = (key: string, token: StoreToken, change: (document: TinyDocument) => StoreToken): MutationResult => {
    const document = disk.documents.get(key)
    if (!document) return { type: 'refused', reason: 'missing' }
    if (document.token !== token) return { type: 'refused', reason: 'stale' }
    return { type: 'done', token: change(document) }
  }

  const expiryOf = ({ expiresAt, ttlSeconds }: WriteOptions = {}): number | undefined =>
    ttlSeconds === undefined ? expiresAt : clock.now() / 1000 + ttlSeconds

  return {
    capabilities: { isPersistent: true, isShared: true, expires, maxDocumentBytes },
    feed: tinyFeed({ disk, clock, begin, isClosed: () => isClosed }),
    open: async () => undefined,
    load: async (key, options) => {
      begin(options)
      const document = disk.documents.get(key)
      if (document?.token === options?.known?.token) return options?.known
      return document && { bytes: document.bytes.slice(), token: document.token }
    },
    insert: async (key, bytes, options) => {
      begin(options)
      if (disk.documents.has(key)) return { type: 'refused', reason: 'exists' }
      return { type: 'done', token: putDocument(disk, key, bytes, expiryOf(options)) }
    },
    append: async (key, bytes, token, options) => {
      begin(options)
      return swap(key, token, document =>
        putDocument(disk, key, Buffer.concat([document.bytes, bytes]), document.expiresAt),
      )
    },
    replace: async (key, bytes, token, options) => {
      begin(options)
      return swap(key, token, () => putDocument(disk, key, bytes, expiryOf(options)))
    },
    remove: async (key, token, options) => {
      begin(options)
      return swap(key, token, () => deleteDocument(disk, key, 'deleted'))
    },
    close: async () => {
      isClosed = true
      wakeReaders(disk)
    },
  }
}
