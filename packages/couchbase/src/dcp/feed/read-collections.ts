import { type Clock, StoreUnavailableError } from '@scopes/core'

import type { StreamFilter } from '../codec/stream-request.ts'
import { streamPauseMs } from './backoff.ts'
import type { NodeLink } from './node-link.ts'

/** Where the documents are. */
export interface Keyspace {
  readonly scope: string
  /** One collection for all kinds, or the collection of a kind. */
  readonly collectionOf: string | ((kind: string) => string)
}

/** What of the bucket is read. */
export interface ReadCollections {
  readonly filter: StreamFilter
  /** The id of each collection that is there, by its name. */
  readonly ids: Readonly<Record<string, number>>
}

/**
 * The names of the collections that hold documents of these kinds; undefined: all of the scope, because each kind has its
 * own, and all kinds are wanted.
 */
export function collectionsFor(
  { collectionOf }: Keyspace,
  kinds: ReadonlySet<string> | undefined,
): readonly string[] | undefined {
  if (typeof collectionOf === 'string') return [collectionOf]
  return kinds && [...new Set([...kinds].map(collectionOf))]
}

/** How the search for what is there is patient. */
export interface SearchOptions {
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly place: string
}

/** Finds collections of the scope, or with no names all of it. Rejects with StoreUnavailableError when a node does not know one. */
export async function findCollections(
  link: NodeLink,
  scope: string,
  names: readonly string[] | undefined,
  options: SearchOptions,
): Promise<ReadCollections> {
  if (names === undefined) return findScope(link, scope, options)
  const ids: Record<string, number> = {}
  for (const name of names) {
    const isDefault = scope === '_default' && name === '_default'
    ids[name] = isDefault
      ? 0
      : await found(`collection ${scope}.${name}`, options, () => link.askCollectionId(scope, name))
  }
  return { ids, filter: { collections: Object.values(ids) } }
}

async function findScope(link: NodeLink, scope: string, options: SearchOptions): Promise<ReadCollections> {
  const { id, collections } = await found(`scope ${scope}`, options, async () =>
    (await link.askManifest()).find(({ name }) => name === scope),
  )
  return { filter: { scope: id }, ids: Object.fromEntries(collections.map(each => [each.name, each.id])) }
}

/** How often a node may not know what is there: it hears of it a moment later. */
const mostLooks = 8

async function found<Found>(
  what: string,
  { clock, signal, place }: SearchOptions,
  look: () => Promise<Found | undefined>,
): Promise<Found> {
  for (let looks = 1; ; looks++) {
    const result = await look()
    if (result !== undefined) return result
    if (looks === mostLooks || signal.aborted) break
    await clock.sleep(streamPauseMs('unknown-collection', looks, Math.random()), signal)
  }
  throw new StoreUnavailableError(`Couchbase (${place}) has no ${what}: there are no changes to read.`)
}
