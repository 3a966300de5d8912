import { type Clock, InvalidArgumentError, StoreUnavailableError } from '@scopes/core'

import { streamPauseMs } from './backoff.ts'
import type { NodeLink } from './node-link.ts'

/** Where the documents are. */
export interface Keyspace {
  readonly scope: string
  /** One collection for all kinds, or the collection of a kind. */
  readonly collectionOf: string | ((kind: string) => string)
}

/**
 * The names of the collections that hold documents of these kinds.
 * @throws InvalidArgumentError when each kind has its own, and no kinds are named
 */
export function collectionsFor({ collectionOf }: Keyspace, kinds: ReadonlySet<string> | undefined): readonly string[] {
  if (typeof collectionOf === 'string') return [collectionOf]
  if (kinds === undefined) {
    throw new InvalidArgumentError('Each kind has a collection of its own: name the kinds whose changes are wanted.')
  }
  return [...new Set([...kinds].map(collectionOf))]
}

/** How often a node may not know a collection that is there: it hears of a new one a moment later. */
const mostLooks = 8

/** The ids of collections that are there, by name. Rejects with StoreUnavailableError when a node does not know one. */
export async function collectionIds(
  link: NodeLink,
  scope: string,
  names: readonly string[],
  { clock, signal, place }: { readonly clock: Clock; readonly signal: AbortSignal; readonly place: string },
): Promise<Readonly<Record<string, number>>> {
  const ids: Record<string, number> = {}
  for (const name of names) {
    let id = scope === '_default' && name === '_default' ? 0 : await link.askCollectionId(scope, name)
    for (let looks = 1; id === undefined && looks < mostLooks && !signal.aborted; looks++) {
      await clock.sleep(streamPauseMs('unknown-collection', looks, Math.random()), signal)
      id = await link.askCollectionId(scope, name)
    }
    if (id === undefined) {
      throw new StoreUnavailableError(
        `Couchbase (${place}) has no collection ${scope}.${name}: there are no changes to read.`,
      )
    }
    ids[name] = id
  }
  return ids
}
