import type { Access } from '../auth/access.ts'
import type { Bucket } from '../bucket/bucket.ts'
import { isEvent, type LogEntry } from '../bucket/history.ts'
import { collectionOf } from '../bucket/manifest.ts'
import { collectionId } from '../bucket/manifest-log.ts'

/** Which entries of a log are for a stream. */
export interface StreamFilter {
  /** Nothing is left out. */
  readonly isAll: boolean
  /** Keys come without their collection, as all are of the default one. */
  readonly isLegacy: boolean
  /** Whether that entry is for the stream; must be asked in the order of the log, of each once. */
  passes(entry: LogEntry): boolean
  /** Whether what happens in that collection is for the stream. */
  covers(collection: number): boolean
  /** Whether nothing can come any more, as of what was asked for nothing is left. */
  readonly isEmpty: boolean
}

/** Why there is no filter: the request makes no sense, names what is unknown, or asks for what the account may not see. */
export type FilterProblem = 'invalid' | 'unknown-collection' | 'unknown-scope' | 'no-access' | 'stream-id'

/**
 * The filter that the value of a STREAM_REQ asks for: nothing, or JSON `{"collections":[id…]}`, `{"scope":id}`, with
 * `"uid"` beside it or alone; ids are hexadecimal.
 */
export function streamFilter(
  value: Buffer,
  { bucket, access, knowsCollections }: { bucket: Bucket; access: Access; knowsCollections: boolean },
): StreamFilter | FilterProblem {
  if (!knowsCollections) {
    if (value.length > 0) return 'invalid'
    return access.inCollection(bucket.name, 0, 0, 'DcpStream') ? legacy() : 'no-access'
  }
  const wish = value.length === 0 ? {} : readWish(value)
  if (typeof wish === 'string') return wish
  const { collections, scope } = wish
  if (collections) {
    for (const id of collections) {
      const found = collectionOf(bucket.manifest, id)
      if (!found || !access.seesCollection(bucket.name, found.scope.id, id)) return 'unknown-collection'
      if (!access.inCollection(bucket.name, found.scope.id, id, 'DcpStream')) return 'no-access'
    }
    return ofCollections(new Set(collections))
  }
  if (scope !== undefined) {
    const found = bucket.manifest.scopes.find(entry => entry.id === scope)
    if (!found) return 'unknown-scope'
    return access.inScope(bucket.name, scope, 'DcpStream') ? ofScope(scope, bucket) : 'no-access'
  }
  return access.inBucket(bucket.name, 'DcpStream') ? all() : 'no-access'
}

interface FilterWish {
  readonly collections?: readonly number[]
  readonly scope?: number
}

function readWish(value: Buffer): FilterWish | 'invalid' | 'stream-id' {
  const json = parsed(value)
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return 'invalid'
  const { collections, scope, uid, sid } = json as Readonly<Record<string, unknown>>
  if (sid !== undefined) return 'stream-id'
  if (collections !== undefined && scope !== undefined) return 'invalid'
  if (collections !== undefined) {
    if (!Array.isArray(collections) || collections.length === 0) return 'invalid'
    const ids = collections.map(hexadecimal)
    return ids.every(id => id !== undefined) ? { collections: ids } : 'invalid'
  }
  if (scope !== undefined) {
    const id = hexadecimal(scope)
    return id === undefined ? 'invalid' : { scope: id }
  }
  return hexadecimal(uid) === undefined ? 'invalid' : {}
}

function parsed(value: Buffer): unknown {
  try {
    return JSON.parse(value.toString('utf8'))
  } catch {
    return undefined
  }
}

function hexadecimal(value: unknown): number | undefined {
  return typeof value === 'string' && /^[0-9a-f]{1,16}$/i.test(value) ? Number.parseInt(value, 16) : undefined
}

function all(): StreamFilter {
  return { isAll: true, isLegacy: false, isEmpty: false, passes: () => true, covers: () => true }
}

function legacy(): StreamFilter {
  const passes = (entry: LogEntry): boolean => !isEvent(entry) && entry.collection === 0
  return { isAll: false, isLegacy: true, isEmpty: false, passes, covers: collection => collection === 0 }
}

function ofCollections(collections: Set<number>): StreamFilter {
  return {
    isAll: false,
    isLegacy: false,
    get isEmpty() {
      return collections.size === 0
    },
    covers: collection => collections.has(collection),
    passes: entry => {
      if (!isEvent(entry)) return collections.has(entry.collection)
      const collection = collectionId(entry.change)
      if (collection === undefined || !collections.has(collection)) return false
      if (entry.change.type === 'collection-dropped') collections.delete(collection)
      return true
    },
  }
}

function ofScope(scope: number, { manifest }: Bucket): StreamFilter {
  const entry = manifest.scopes.find(({ id }) => id === scope)
  const collections = new Set(entry?.collections.map(({ id }) => id))
  let isDropped = false
  return {
    isAll: false,
    isLegacy: false,
    get isEmpty() {
      return isDropped
    },
    covers: collection => collections.has(collection),
    passes: logged => {
      if (!isEvent(logged)) return collections.has(logged.collection)
      const { change } = logged
      if (change.scope !== scope) return false
      if (change.type === 'collection-created') collections.add(change.collection)
      if (change.type === 'collection-dropped') collections.delete(change.collection)
      if (change.type === 'scope-dropped') isDropped = true
      return true
    },
  }
}
