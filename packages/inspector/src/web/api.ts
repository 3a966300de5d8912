import { type DocumentStore, ScopesError, parseDocumentKey } from '@scopes/core'
import { type Answer, json } from './answer.ts'
import type { Inspection } from './inspection.ts'
import type { ScopePage, ScopeRow } from './page-data.ts'
import { readListQuery, wholeNumber } from './read-query.ts'
import { rowOf } from './row.ts'
import type { IndexEntry } from './scope-index.ts'
import { viewScope } from './scope-view.ts'

/** Of the documents of one answer so much is read and decoded at the same time; the others are told without what they hold. */
const mostBytes = 4_000_000

/** The data that the page asks for, by the names of its addresses. */
export class Api {
  readonly #store: DocumentStore

  constructor(store: DocumentStore) {
    this.#store = store
  }

  /** Undefined: there is no such address. A store that fails is answered as such. */
  async answer(name: string, query: URLSearchParams, inspection: Inspection): Promise<Answer | undefined> {
    try {
      switch (name) {
        case 'scopes':
          return json(await this.#scopes(query, inspection))
        case 'scope':
          return await this.#scope(query)
        default:
          return undefined
      }
    } catch (error) {
      if (!(error instanceof ScopesError)) throw error
      return json({ message: error.message, code: error.code }, error.status)
    }
  }

  async #scopes(query: URLSearchParams, { watch, listing }: Inspection): Promise<ScopePage> {
    const wanted = readListQuery(query)
    // While the store is being read for the first time a page of it is enough.
    await watch.atLeast(wanted.offset + wanted.limit)
    const { total, entries } = listing.window(wanted)
    let room = mostBytes
    const rows = await Promise.all(
      entries.map(async (entry): Promise<ScopeRow> => {
        if (entry.bytes > room) return rowOf(entry, 'large')
        room -= entry.bytes
        return this.#row(entry)
      }),
    )
    return { total, isComplete: watch.isComplete, offset: wanted.offset, rows }
  }

  async #row(entry: IndexEntry): Promise<ScopeRow> {
    const loaded = await this.#store.load(entry.documentKey).catch((error: unknown) => {
      if (error instanceof ScopesError) return error
      throw error
    })
    return rowOf(entry, loaded instanceof ScopesError ? loaded : loaded?.bytes)
  }

  async #scope(query: URLSearchParams): Promise<Answer> {
    const documentKey = query.get('key') ?? ''
    const key = parseDocumentKey(documentKey)
    if (key === undefined) return json({ message: 'The key names no scope: it must be kind:application:id.' }, 400)
    const loaded = await this.#store.load(documentKey)
    return json(viewScope(documentKey, key, loaded?.bytes, wholeNumber(query.get('version'))))
  }
}
