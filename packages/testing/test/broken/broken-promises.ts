import type { DocumentStore, MutationResult, StoreToken, StoredDocument } from '@scopes/core'

import { putDocument, type TinyDisk, type TinyDocument } from '../tiny/tiny-disk.ts'
import { currentToken, others, unavailable, type BrokenStore } from './broken-store.ts'

const day = 86_400
/** Disks of which a store has been closed. */
const closedDisks = new WeakSet<TinyDisk>()

/** Stores whose operations are wrong together: tokens, expiry, concurrency, abort and close. */
export const brokenPromises: readonly BrokenStore[] = [
  {
    clause: 'tokens: every write of a document has a greater one than the write before',
    flaw: 'the same bytes have the same token',
    decorate: store => ({
      ...store,
      replace: async (key, bytes, token) => {
        const document = await store.load(key)
        const isSame = document && Buffer.from(bytes).equals(document.bytes)
        return isSame ? { type: 'done', token } : store.replace(key, bytes, token)
      },
    }),
  },
  {
    clause: 'tokens: a removal has one too, greater than that of the document',
    flaw: 'answers with the token of the document that is gone',
    decorate: store => ({
      ...store,
      remove: async (key, token) => {
        const result = await store.remove(key, token)
        return result.type === 'done' ? { type: 'done', token } : result
      },
    }),
  },
  {
    clause: 'tokens: never used twice for a key, they rise from one life of it to the next',
    flaw: 'counts anew after a removal',
    decorate: countAnewAfterRemoval,
  },
  {
    clause: 'tokens: one of an earlier life is refused in the next',
    flaw: 'counts anew after a removal',
    decorate: countAnewAfterRemoval,
  },
  {
    clause: 'tokens: never used twice for a key, also not after the store was closed and opened again',
    flaw: 'counts anew from each opening',
    decorate: (store, { disk }) => ({ ...store, open: async () => void (disk.sequence = 0n) }),
  },
  {
    clause: 'expiry: expiresAt is accepted by a store that keeps documents for ever',
    flaw: 'refuses what it cannot do',
    expires: false,
    decorate: store => ({
      ...store,
      replace: async (key, bytes, token, options) => {
        if (options?.expiresAt !== undefined) throw unavailable('documents are kept for ever')
        return store.replace(key, bytes, token)
      },
    }),
  },
  {
    clause: 'expiry: the document is there before expiresAt and gone after it',
    flaw: 'keeps it for ever',
    decorate: store => ({ ...store, insert: async (key, bytes) => store.insert(key, bytes) }),
  },
  {
    clause: 'expiry: what has expired is not what the caller knows',
    flaw: 'looks at tokens before it looks at the clock',
    decorate: (store, { disk }) => ({
      ...store,
      load: async (key, options) => {
        const isKnown = options?.known !== undefined && disk.documents.get(key)?.token === options.known.token
        return isKnown ? options.known : store.load(key, options)
      },
    }),
  },
  {
    clause: 'expiry: a document without expiresAt stays',
    flaw: 'nothing is kept for more than a year',
    decorate: (store, { clock }) => ({
      ...store,
      insert: async (key, bytes, options) =>
        store.insert(key, bytes, { expiresAt: clock.now() / 1000 + 365 * day, ...options }),
    }),
  },
  {
    clause: 'expiry: an append changes nothing about it',
    flaw: 'an append takes it away',
    decorate: (store, { disk }) => ({
      ...store,
      append: async (key, bytes, token) => {
        const result = await store.append(key, bytes, token)
        const document = disk.documents.get(key)
        if (document) disk.documents.set(key, { ...document, expiresAt: undefined })
        return result
      },
    }),
  },
  {
    clause: 'expiry: a replacement brings its own, later or earlier',
    flaw: 'a replacement drops it',
    decorate: store => ({ ...store, replace: async (key, bytes, token) => store.replace(key, bytes, token) }),
  },
  {
    clause: 'expiry: a replacement without expiresAt takes it away',
    flaw: 'a replacement without one leaves the old one',
    decorate: (store, { disk }) => ({
      ...store,
      replace: async (key, bytes, token, options) =>
        store.replace(key, bytes, token, { expiresAt: disk.documents.get(key)?.expiresAt, ...options }),
    }),
  },
  {
    clause: 'expiry: ttlSeconds counts from the write, and a replacement begins anew',
    flaw: 'keeps what has only a time to live for ever',
    decorate: store => ({
      ...store,
      insert: async (key, bytes, options) => store.insert(key, bytes, { expiresAt: options?.expiresAt }),
      replace: async (key, bytes, token, options) =>
        store.replace(key, bytes, token, { expiresAt: options?.expiresAt }),
    }),
  },
  {
    clause: 'expiry: may be further away than a timer or a relative expiry reaches',
    flaw: 'a timer of more than 24.8 days fires at once',
    decorate: (store, { clock }) => ({
      ...store,
      insert: async (key, bytes, options) => {
        const now = clock.now() / 1000
        const seconds = (options?.expiresAt ?? now) - now
        return store.insert(key, bytes, { ...options, expiresAt: seconds > 24.8 * day ? now + 1 : now + seconds })
      },
    }),
  },
  {
    clause: 'expiry: an expired document can be created anew, with a greater token; the old token is dead',
    flaw: 'what expired is only hidden',
    decorate: (store, { disk }) => {
      const expiring = new Map<string, TinyDocument>()
      return {
        ...store,
        insert: async (key, bytes, options) => {
          if (!(await store.load(key)) && expiring.has(key)) return { type: 'refused', reason: 'exists' }
          const result = await store.insert(key, bytes, options)
          const document = disk.documents.get(key)
          if (document?.expiresAt !== undefined) expiring.set(key, document)
          return result
        },
      }
    },
  },
  {
    clause: 'concurrency: of many inserts of one key exactly one is done',
    flaw: 'asks first and writes later',
    decorate: (store, { disk }) => ({
      ...store,
      insert: async (key, bytes) => {
        const isThere = await store.load(key)
        await others()
        return isThere ? { type: 'refused', reason: 'exists' } : { type: 'done', token: putDocument(disk, key, bytes) }
      },
    }),
  },
  {
    clause: 'concurrency: of many appends with one token exactly one is done',
    flaw: 'asks first and writes later',
    decorate: appendInTwoSteps,
  },
  {
    clause: 'concurrency: of many replacements with one token exactly one is done',
    flaw: 'asks first and writes later',
    decorate: (store, { disk }) => ({
      ...store,
      replace: async (key, bytes, token) => {
        const isCurrent = (await currentToken(store, key)) === token
        await others()
        return isCurrent ? { type: 'done', token: putDocument(disk, key, bytes) } : { type: 'refused', reason: 'stale' }
      },
    }),
  },
  {
    clause: 'concurrency: a removal and an append with one token are not both done',
    flaw: 'asks first and writes later',
    decorate: appendInTwoSteps,
  },
  {
    clause: 'concurrency: writers that load, write and try again lose no update',
    flaw: 'asks first and writes later',
    decorate: appendInTwoSteps,
  },
  {
    clause: 'concurrency: neither do writers at two stores on the same documents',
    flaw: 'knows only of the writes of its own process',
    decorate: readFromOwnMemory,
  },
  {
    clause: 'shared: a write acknowledged by one store is read at once at the other',
    flaw: 'reads from a memory that only its own writes renew',
    decorate: readFromOwnMemory,
  },
  {
    clause: 'shared: a write at one store makes the token held at the other stale',
    flaw: 'compares with the token of its own last write',
    decorate: readFromOwnMemory,
  },
  {
    clause: 'shared: the other store goes on when one is closed',
    flaw: 'the first to go turns off the light',
    decorate: (store, { disk }) => ({
      ...store,
      append: async (key, bytes, token) => {
        if (closedDisks.has(disk)) throw unavailable('closed')
        return store.append(key, bytes, token)
      },
      close: async () => void closedDisks.add(disk),
    }),
  },
  {
    clause: 'abort: a call whose signal has aborted before rejects, and nothing is executed',
    flaw: 'does not look at the signal',
    decorate: store => ({ ...store, append: async (key, bytes, token) => store.append(key, bytes, token) }),
  },
  {
    clause: 'abort: a mutation that is aborted under way is executed whole or not at all, as its answer says',
    flaw: 'says that nothing was done, and has done it',
    decorate: store => ({
      ...store,
      append: async (key, bytes, token, options) => {
        const result = await store.append(key, bytes, token)
        await others()
        if (options?.signal?.aborted) throw unavailable('aborted')
        return result
      },
    }),
  },
  {
    clause: 'close: may be called again, at the same time too',
    flaw: 'cannot be closed twice',
    decorate: store => {
      let isClosed = false
      return {
        ...store,
        close: async () => {
          if (isClosed) throw unavailable('closed already')
          isClosed = true
          await store.close()
        },
      }
    },
  },
  {
    clause: 'close: every call after it rejects as unavailable, with nothing written',
    flaw: 'still reads after it',
    decorate: (store, { disk }) => ({ ...store, load: async key => disk.documents.get(key) }),
  },
  {
    clause: 'close: writes under way have been answered when it resolves',
    flaw: 'goes without waiting',
    decorate: store => ({
      ...store,
      insert: async (key, bytes) => {
        await others()
        await others()
        return store.insert(key, bytes)
      },
    }),
  },
  {
    clause: 'close: what was acknowledged is there after opening again, what was removed is not',
    flaw: 'loses what it had acknowledged since it was opened',
    decorate: (store, { disk }) => {
      const opened = new Map(disk.documents)
      return {
        ...store,
        close: async () => {
          await store.close()
          disk.documents.clear()
          for (const [key, document] of opened) disk.documents.set(key, document)
        },
      }
    },
  },
]

function countAnewAfterRemoval(store: DocumentStore, { disk }: { readonly disk: TinyDisk }): DocumentStore {
  return {
    ...store,
    remove: async (key, token) => {
      const result = await store.remove(key, token)
      disk.sequence = 0n
      return result
    },
  }
}

function appendInTwoSteps(store: DocumentStore, { disk }: { readonly disk: TinyDisk }): DocumentStore {
  return {
    ...store,
    append: async (key, bytes, token): Promise<MutationResult> => {
      const document = await store.load(key)
      await others()
      if (!document) return { type: 'refused', reason: 'missing' }
      if (document.token !== token) return { type: 'refused', reason: 'stale' }
      return { type: 'done', token: putDocument(disk, key, Buffer.concat([document.bytes, bytes])) }
    },
  }
}

function readFromOwnMemory(store: DocumentStore, { disk }: { readonly disk: TinyDisk }): DocumentStore {
  const known = new Map<string, StoredDocument>()
  const load = async (key: string): Promise<StoredDocument | undefined> => {
    const document = known.get(key) ?? (await store.load(key))
    if (document) known.set(key, document)
    return document
  }
  const write = (key: string, bytes: Uint8Array): StoreToken => {
    const token = putDocument(disk, key, bytes)
    known.set(key, { bytes, token })
    return token
  }
  return {
    ...store,
    load,
    append: async (key, bytes, token) => {
      const document = await load(key)
      if (document?.token !== token) return { type: 'refused', reason: 'stale' }
      return { type: 'done', token: write(key, Buffer.concat([document.bytes, bytes])) }
    },
  }
}
