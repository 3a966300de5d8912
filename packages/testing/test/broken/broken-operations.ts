import type { StoredDocument } from '@scopes/core'

import { bytesOf } from '../../src/contract/expect-document.ts'
import { putDocument } from '../tiny/tiny-disk.ts'
import { claimed, currentToken, others, unavailable, type BrokenStore } from './broken-store.ts'

/** Stores whose single operations are wrong. */
export const brokenOperations: readonly BrokenStore[] = [
  {
    clause: 'capabilities: the store declares what this run was told',
    flaw: 'declares to be of this process only',
    decorate: store => ({ ...store, capabilities: { ...store.capabilities, isShared: false } }),
  },
  {
    clause: 'open: may be called again, at the same time too, and changes nothing',
    flaw: 'every opening but the first starts afresh',
    decorate: (store, { disk }) => {
      let openings = 0
      return { ...store, open: async () => void (openings++ > 0 && disk.documents.clear()) }
    },
  },
  {
    clause: 'load: a key that was never written has no document',
    flaw: 'finds what only begins with the key',
    decorate: (store, { disk }) => ({
      ...store,
      load: async key => store.load([...disk.documents.keys()].find(name => name.startsWith(key)) ?? key),
    }),
  },
  {
    clause: 'load: an acknowledged write is read at once, with the token of its answer',
    flaw: 'answers from a cache that nobody renews',
    decorate: store => {
      const cache = new Map<string, Promise<StoredDocument | undefined>>()
      return {
        ...store,
        load: async key => {
          const cached = cache.get(key) ?? store.load(key)
          cache.set(key, cached)
          return cached
        },
      }
    },
  },
  {
    clause: 'load: what the caller knows is handed back while it is the newest, and is no answer to anything else',
    flaw: 'believes the caller that nothing has changed',
    decorate: store => ({
      ...store,
      load: async (name, options) => {
        const loaded = await store.load(name, options)
        return loaded && (options?.known ?? loaded)
      },
    }),
  },
  {
    clause: 'load: many at the same time are answered each with its own document',
    flaw: 'keeps the key of the load under way in one place',
    decorate: store => {
      let underWay = ''
      return {
        ...store,
        load: async key => {
          underWay = key
          await others()
          return store.load(underWay)
        },
      }
    },
  },
  {
    clause: 'insert: the document exists afterwards',
    flaw: 'acknowledges and writes nothing',
    decorate: store => ({ ...store, insert: async () => claimed }),
  },
  {
    clause: 'insert: refused where there is a document, which stays as it is',
    flaw: 'overwrites',
    decorate: (store, { disk }) => ({
      ...store,
      insert: async (key, bytes) => ({ type: 'done', token: putDocument(disk, key, bytes) }),
    }),
  },
  {
    clause: 'insert: done again after a removal',
    flaw: 'what was removed exists for ever',
    decorate: store => {
      const removed = new Set<string>()
      return {
        ...store,
        remove: async (key, token) => {
          removed.add(key)
          return store.remove(key, token)
        },
        insert: async (key, bytes) =>
          removed.has(key) ? { type: 'refused', reason: 'exists' } : store.insert(key, bytes),
      }
    },
  },
  {
    clause: 'append: the document is what it was, followed by the bytes',
    flaw: 'puts the bytes first',
    decorate: store => ({
      ...store,
      append: async (key, bytes, token) => {
        const document = await store.load(key)
        return store.replace(key, Buffer.concat([bytes, document?.bytes ?? bytes]), token)
      },
    }),
  },
  {
    clause: 'append: refused with a token that is no longer current, the document stays as it is',
    flaw: 'does not look at the token',
    decorate: store => ({
      ...store,
      append: async (key, bytes, token) => store.append(key, bytes, (await currentToken(store, key)) ?? token),
    }),
  },
  {
    clause: 'append: refused where there is no document, and creates none',
    flaw: 'creates',
    decorate: store => ({
      ...store,
      append: async (key, bytes, token) =>
        (await store.load(key)) ? store.append(key, bytes, token) : store.insert(key, bytes),
    }),
  },
  {
    clause: 'replace: nothing of the old document is left',
    flaw: 'writes over the beginning only',
    decorate: store => ({
      ...store,
      replace: async (key, bytes, token) => {
        const document = await store.load(key)
        const end = document?.bytes.slice(bytes.length) ?? new Uint8Array()
        return store.replace(key, Buffer.concat([bytes, end]), token)
      },
    }),
  },
  {
    clause: 'replace: refused with a token that is no longer current, the document stays as it is',
    flaw: 'says stale, and has executed it',
    decorate: (store, { disk }) => ({
      ...store,
      replace: async (key, bytes, token) => {
        const result = await store.replace(key, bytes, token)
        if (result.type === 'refused' && result.reason === 'stale') putDocument(disk, key, bytes)
        return result
      },
    }),
  },
  {
    clause: 'replace: refused where there is no document, and creates none',
    flaw: 'creates',
    decorate: store => ({
      ...store,
      replace: async (key, bytes, token) =>
        (await store.load(key)) ? store.replace(key, bytes, token) : store.insert(key, bytes),
    }),
  },
  {
    clause: 'remove: there is no document afterwards, and the others are still there',
    flaw: 'removes all that begins with the key',
    decorate: (store, { disk }) => ({
      ...store,
      remove: async (key, token) => {
        for (const name of disk.documents.keys()) if (name !== key && name.startsWith(key)) disk.documents.delete(name)
        return store.remove(key, token)
      },
    }),
  },
  {
    clause: 'remove: refused with a token that is no longer current, the document stays as it is',
    flaw: 'does not look at the token',
    decorate: store => ({
      ...store,
      remove: async (key, token) => store.remove(key, (await currentToken(store, key)) ?? token),
    }),
  },
  {
    clause: 'remove: refused where there is no document',
    flaw: 'says done: there is none, as was asked for',
    decorate: store => ({
      ...store,
      remove: async (key, token) => ((await store.load(key)) ? store.remove(key, token) : claimed),
    }),
  },
  {
    clause: "durability: every mutation does the same with 'usual'",
    flaw: 'a usual append may get lost',
    decorate: store => ({
      ...store,
      append: async (key, bytes, token, options) =>
        options?.durability === 'usual' ? claimed : store.append(key, bytes, token, options),
    }),
  },
  {
    clause: "durability: every mutation does the same with 'strongest'",
    flaw: 'cannot remove as durably as asked',
    decorate: store => ({
      ...store,
      remove: async (key, token, options) => {
        if (options?.durability === 'strongest') throw unavailable('no such durability')
        return store.remove(key, token, options)
      },
    }),
  },
  {
    clause: 'size: a document of megabytes is kept byte for byte, also when it grows',
    flaw: 'cuts at 64 KiB',
    decorate: store => ({
      ...store,
      append: async (key, bytes, token) => store.append(key, bytes.subarray(0, 65_536), token),
    }),
  },
  {
    clause: 'size: a write beyond the declared limit rejects with nothing written, one at the limit is done',
    flaw: 'writes as much as there is room for',
    decorate: store => ({
      ...store,
      replace: async (key, bytes, token) =>
        store.replace(key, bytes.subarray(0, store.capabilities.maxDocumentBytes), token),
    }),
  },
  {
    clause: 'keys: are kept apart whatever they hold: colons, quotes, case, accents, blanks, names of JavaScript',
    flaw: 'takes accents for the same that are written in another way',
    decorate: store => ({
      ...store,
      load: async key => store.load(key.normalize()),
      insert: async (key, bytes) => store.insert(key.normalize(), bytes),
    }),
  },
  {
    clause: 'keys: may have 246 bytes of UTF-8, and all of them count',
    flaw: 'looks at the first 245 characters',
    decorate: store => ({
      ...store,
      load: async key => store.load(key.slice(0, 245)),
      insert: async (key, bytes) => store.insert(key.slice(0, 245), bytes),
    }),
  },
  {
    clause: 'bytes: an insert keeps every byte value, zero and what is no UTF-8 included',
    flaw: 'inserts text',
    decorate: store => ({
      ...store,
      insert: async (key, bytes) => store.insert(key, bytesOf(Buffer.from(bytes).toString('utf8'))),
    }),
  },
  {
    clause: 'bytes: an append keeps every byte value, zero and what is no UTF-8 included',
    flaw: 'appends up to the first zero',
    decorate: store => ({
      ...store,
      append: async (key, bytes, token) => {
        const zero = bytes.indexOf(0)
        return store.append(key, zero < 0 ? bytes : bytes.subarray(0, zero), token)
      },
    }),
  },
  {
    clause: 'bytes: a replacement keeps every byte value, zero and what is no UTF-8 included',
    flaw: 'replaces by seven-bit characters',
    decorate: store => ({
      ...store,
      replace: async (key, bytes, token) =>
        store.replace(
          key,
          bytes.map(byte => byte & 0x7f),
          token,
        ),
    }),
  },
  {
    clause: 'bytes: a document of no bytes is a document, and can grow',
    flaw: 'takes an empty document for none',
    decorate: store => ({
      ...store,
      load: async key => {
        const document = await store.load(key)
        return document?.bytes.length ? document : undefined
      },
    }),
  },
  {
    clause: 'bytes: of a view the bytes of the view are stored, not those of the memory around it',
    flaw: 'stores the memory beneath the view',
    decorate: store => ({
      ...store,
      append: async (key, bytes, token) => store.append(key, new Uint8Array(bytes.buffer), token),
    }),
  },
  {
    clause: 'bytes: what was handed in may be changed after the answer',
    flaw: 'keeps what it was handed',
    decorate: (store, { disk }) => ({
      ...store,
      insert: async (key, bytes) => {
        const result = await store.insert(key, bytes)
        const document = disk.documents.get(key)
        if (document) disk.documents.set(key, { ...document, bytes })
        return result
      },
    }),
  },
  {
    clause: 'bytes: what was handed out stays as it was when the document changes',
    flaw: 'hands out its own memory, and uses it again',
    decorate: (store, { disk }) => ({
      ...store,
      load: async key => disk.documents.get(key),
      replace: async (key, bytes, token) => {
        const old = disk.documents.get(key)
        const result = await store.replace(key, bytes, token)
        old?.bytes.set(bytes.subarray(0, old.bytes.length))
        return result
      },
    }),
  },
]
