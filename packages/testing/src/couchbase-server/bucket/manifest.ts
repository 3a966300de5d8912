/** Scopes and collections of a bucket. */
export interface Manifest {
  readonly uid: bigint
  readonly scopes: readonly ScopeEntry[]
}

export interface ScopeEntry {
  readonly id: number
  readonly name: string
  readonly collections: readonly CollectionEntry[]
}

export interface CollectionEntry {
  readonly id: number
  readonly name: string
  /** Seconds after which a document ends at the latest; 0: none; undefined: that of the bucket. */
  readonly maxTtl: number | undefined
}

/** A manifest as it is written: all ids hexadecimal. */
export interface ManifestJson {
  readonly uid: string
  readonly scopes: readonly {
    readonly name: string
    readonly uid: string
    readonly collections: readonly {
      readonly name: string
      readonly uid: string
      readonly maxTTL?: number | undefined
      readonly history?: boolean | undefined
    }[]
  }[]
}

/** That of a bucket which never got one. */
export const EPOCH_MANIFEST: Manifest = {
  uid: 0n,
  scopes: [{ id: 0, name: '_default', collections: [{ id: 0, name: '_default', maxTtl: undefined }] }],
}

export function readManifest({ uid, scopes }: ManifestJson): Manifest {
  return {
    uid: BigInt(`0x${uid}`),
    scopes: scopes.map(scope => ({
      id: Number.parseInt(scope.uid, 16),
      name: scope.name,
      collections: scope.collections.map(collection => ({
        id: Number.parseInt(collection.uid, 16),
        name: collection.name,
        maxTtl: collection.maxTTL,
      })),
    })),
  }
}

/**
 * The manifest as the server writes it: members in order of their names, and the scopes in its own order, `_default`
 * last. What somebody may not know of is left out.
 */
export function writeManifest({ uid, scopes }: Manifest, { seesScope, seesCollection }: ManifestView = ALL): string {
  const inOrder = [...scopes.filter(scope => scope.id !== 0), ...scopes.filter(scope => scope.id === 0)]
  return JSON.stringify({
    scopes: inOrder
      .filter(scope => seesScope(scope.id))
      .map(scope => ({
        collections: scope.collections
          .filter(collection => seesCollection(scope.id, collection.id))
          .map(({ id, name, maxTtl }) => ({ maxTTL: maxTtl, name, uid: id.toString(16) })),
        name: scope.name,
        uid: scope.id.toString(16),
      })),
    uid: uid.toString(16),
  })
}

/** What of a manifest somebody may know of. */
export interface ManifestView {
  readonly seesScope: (scope: number) => boolean
  readonly seesCollection: (scope: number, collection: number) => boolean
}

const ALL: ManifestView = { seesScope: () => true, seesCollection: () => true }

/** A change that takes a seqno in every vbucket. */
export type ManifestChange =
  | { readonly type: 'scope-created' | 'scope-dropped'; readonly scope: number; readonly name: string }
  | {
      readonly type: 'collection-created' | 'collection-dropped'
      readonly scope: number
      readonly collection: number
      readonly name: string
      /** As of the collection. */
      readonly maxTtl: number | undefined
    }

/** What leads from one manifest to the next, in the order in which it is logged: each scope, then its collections. */
export function manifestChanges(before: Manifest, after: Manifest): readonly ManifestChange[] {
  const changes: ManifestChange[] = []
  for (const scope of before.scopes) {
    const kept = after.scopes.find(entry => entry.id === scope.id)
    for (const { id, name, maxTtl } of scope.collections) {
      if (kept?.collections.some(entry => entry.id === id)) continue
      changes.push({ type: 'collection-dropped', scope: scope.id, collection: id, name, maxTtl })
    }
    if (!kept) changes.push({ type: 'scope-dropped', scope: scope.id, name: scope.name })
  }
  for (const scope of after.scopes) {
    const old = before.scopes.find(entry => entry.id === scope.id)
    if (!old) changes.push({ type: 'scope-created', scope: scope.id, name: scope.name })
    for (const { id, name, maxTtl } of scope.collections) {
      if (old?.collections.some(entry => entry.id === id)) continue
      changes.push({ type: 'collection-created', scope: scope.id, collection: id, name, maxTtl })
    }
  }
  return changes
}

/** The collection of that id with its scope. */
export function collectionOf(
  manifest: Manifest,
  id: number,
): { readonly scope: ScopeEntry; readonly collection: CollectionEntry } | undefined {
  for (const scope of manifest.scopes) {
    const collection = scope.collections.find(entry => entry.id === id)
    if (collection) return { scope, collection }
  }
  return undefined
}
