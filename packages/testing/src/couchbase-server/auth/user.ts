/**
 * Somebody who may log in. The format of the accounts' file is a list of these as JSON; access is told as in the access
 * files of the real engine: privileges of a bucket, of one of its scopes by id, of one of their collections by id.
 */
export interface User {
  readonly name: string
  readonly password: string
  /**
   * Privileges in the cluster as a whole. Default: all of them, or where access is limited by `buckets` only
   * `SystemSettings`, without which nobody is told where the nodes are.
   */
  readonly privileges?: readonly string[]
  /** Access by name of the bucket; `*` stands for those not named. Left out: every privilege in every bucket. */
  readonly buckets?: Readonly<Record<string, readonly string[] | BucketAccess>>
}

export interface BucketAccess {
  readonly privileges?: readonly string[]
  /** By id of the scope, decimal or `0x` hexadecimal. */
  readonly scopes?: Readonly<Record<string, ScopeAccess>>
}

export interface ScopeAccess {
  readonly privileges?: readonly string[]
  /** By id of the collection, decimal or `0x` hexadecimal. */
  readonly collections?: Readonly<Record<string, { readonly privileges?: readonly string[] }>>
}

/** Reads a file of accounts: a list of users, also as `users` of an object, or an object of them by name. Throws with the place of what is wrong. */
export function parseUsers(json: string): readonly User[] {
  const parsed: unknown = JSON.parse(json)
  const content = isRecord(parsed) && Array.isArray(parsed['users']) ? (parsed['users'] as readonly unknown[]) : parsed
  const listed = Array.isArray(content)
    ? (content as readonly unknown[])
    : Object.entries(isRecord(content) ? content : {}).map(([name, user]) =>
        isRecord(user) ? { name, ...user } : user,
      )
  if (listed.length === 0) throw new TypeError('a file of users holds a list of users, or an object of users by name')
  return listed.map((user, index) => {
    if (!isRecord(user)) throw new TypeError(`user ${index} is no object`)
    const { name, password } = user
    if (typeof name !== 'string' || typeof password !== 'string') {
      throw new TypeError(`user ${index} needs a name and a password, both text`)
    }
    return { ...user, name, password }
  })
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
