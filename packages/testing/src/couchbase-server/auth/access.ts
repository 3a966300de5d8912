import type { BucketAccess, ScopeAccess, User } from './user.ts'

/** What an account may do. */
export interface Access {
  /** Whether it has that privilege in the cluster as a whole. */
  inCluster(privilege: string): boolean
  /** Whether it has any privilege in that bucket, or anywhere in it. */
  seesBucket(bucket: string): boolean
  /** Whether it has any privilege in that scope, or in a collection of it. */
  seesScope(bucket: string, scope: number): boolean
  /** Whether it has any privilege in that collection. */
  seesCollection(bucket: string, scope: number, collection: number): boolean
  /** Whether it has that privilege in that collection. */
  inCollection(bucket: string, scope: number, collection: number, privilege: string): boolean
  /** Whether it has that privilege in that scope as a whole. */
  inScope(bucket: string, scope: number, privilege: string): boolean
  /** Whether it has that privilege in the bucket as a whole. */
  inBucket(bucket: string, privilege: string): boolean
}

export function accessOf({ privileges, buckets }: Pick<User, 'privileges' | 'buckets'>): Access {
  if (!buckets) {
    const always = (): boolean => true
    return {
      inCluster: privilege => !privileges || privileges.includes(privilege),
      seesBucket: always,
      seesScope: always,
      seesCollection: always,
      inCollection: always,
      inScope: always,
      inBucket: always,
    }
  }
  const bucketAccess = (name: string): BucketAccess => {
    const access = buckets[name] ?? buckets['*'] ?? []
    return isList(access) ? { privileges: access } : access
  }
  const scopeAccess = (bucket: string, scope: number): ScopeAccess => byId(bucketAccess(bucket).scopes, scope) ?? {}
  const inBucket = (bucket: string): readonly string[] => bucketAccess(bucket).privileges ?? []
  const inScope = (bucket: string, scope: number): readonly string[] => [
    ...inBucket(bucket),
    ...(scopeAccess(bucket, scope).privileges ?? []),
  ]
  const inCollection = (bucket: string, scope: number, collection: number): readonly string[] => [
    ...inScope(bucket, scope),
    ...(byId(scopeAccess(bucket, scope).collections, collection)?.privileges ?? []),
  ]
  return {
    inCluster: privilege => (privileges ?? ['SystemSettings']).includes(privilege),
    seesBucket: bucket => inBucket(bucket).length > 0 || Object.keys(bucketAccess(bucket).scopes ?? {}).length > 0,
    seesScope: (bucket, scope) =>
      inScope(bucket, scope).some(isAboutData) || Object.keys(scopeAccess(bucket, scope).collections ?? {}).length > 0,
    seesCollection: (bucket, scope, collection) => inCollection(bucket, scope, collection).some(isAboutData),
    inCollection: (bucket, scope, collection, privilege) => inCollection(bucket, scope, collection).includes(privilege),
    inScope: (bucket, scope, privilege) => inScope(bucket, scope).includes(privilege),
    inBucket: (bucket, privilege) => inBucket(bucket).includes(privilege),
  }
}

/** Privileges that say nothing of the bucket as a whole, so that who has one may know of the collection. */
function isAboutData(privilege: string): boolean {
  return DATA_PRIVILEGES.has(privilege)
}

const DATA_PRIVILEGES: ReadonlySet<string> = new Set([
  'Read',
  'Insert',
  'Upsert',
  'Delete',
  'MetaRead',
  'MetaWrite',
  'SystemXattrRead',
  'SystemXattrWrite',
  'RangeScan',
  'DcpStream',
  'SimpleStats',
])

function byId<T>(entries: Readonly<Record<string, T>> | undefined, id: number): T | undefined {
  return entries?.[String(id)] ?? entries?.[`0x${id.toString(16)}`]
}

function isList(access: readonly string[] | BucketAccess): access is readonly string[] {
  return Array.isArray(access)
}
