import { InvalidArgumentError } from '@scopes/core'

import type { CouchbaseStoreOptions } from './options.ts'

/** What an address says of a store. */
export type CouchbaseAddress = Pick<CouchbaseStoreOptions, 'username' | 'password' | 'scope'> & {
  readonly connectionString: string
  readonly bucket: string
  readonly collections?: string | undefined
}

const grammar =
  /^(?<scheme>couchbases?:\/\/)(?:(?<login>[^/?#]*)@)?(?<hosts>[^@/?#]+)(?:\/(?<path>[^?#]*))?(?<options>\?[^#]*)?$/

/**
 * The options in one text, for a setting of a deployment:
 * `couchbase[s]://[user[:password]@]host[,host…]/bucket[/scope[/collection]][?options of the SDK]`. What it leaves out is
 * absent. User, password and names are percent-encoded where they hold `/ ? # @ :` or `%`.
 *
 * ```ts
 * const store = couchbaseStore({ ...parseCouchbaseUrl(address), durability: 'majority' })
 * ```
 * @throws InvalidArgumentError when it is no such address. The message does not repeat it: there may be a password in it.
 */
export function parseCouchbaseUrl(url: string): CouchbaseAddress {
  const { scheme, login, hosts, path = '', options = '' } = grammar.exec(url)?.groups ?? {}
  const [bucket, scope, collections, ...excess] = path.split('/').map(decoded)
  if (scheme === undefined || hosts === undefined || !bucket || excess.length > 0) throw refused()
  const [, username, password] = /^([^:]*)(?::(.*))?$/s.exec(login ?? '') ?? []
  return {
    connectionString: `${scheme}${hosts}${options}`,
    bucket,
    ...(username && { username: decoded(username) }),
    ...(password !== undefined && { password: decoded(password) }),
    ...(scope && { scope }),
    ...(collections && { collections }),
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw refused()
  }
}

function refused(): InvalidArgumentError {
  return new InvalidArgumentError(
    'The address must read couchbase://user:password@host/bucket, or couchbases://…; /scope and /collection may follow.',
  )
}
