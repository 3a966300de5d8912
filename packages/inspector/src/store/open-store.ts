import { type DocumentStore, InvalidArgumentError, StoreUnavailableError } from '@scopes/core'
import { findStoreFile } from './find-store-file.ts'

/** A store that is open. */
export interface OpenedStore {
  readonly store: DocumentStore
  /** The address without user and password, to be shown. */
  readonly name: string
}

/** Options of `openStore`. */
export interface OpenStoreOptions {
  /** A store file that is missing is made; otherwise nothing is made, and a missing one is an error. Default: false. */
  readonly creates?: boolean | undefined
  /** Where the user and the password of a Couchbase store are found that its address does not name. */
  readonly environment?: Credentials | undefined
}

/** Environment variables that are read. */
export interface Credentials {
  readonly COUCHBASE_USERNAME?: string | undefined
  readonly COUCHBASE_PASSWORD?: string | undefined
}

/**
 * The store at an address: `sqlite:data/scopes.db`, or `couchbase://user:password@host/bucket` as `parseCouchbaseUrl` takes it.
 * Whoever opens it closes it.
 *
 * ```ts
 * const { store, name } = await openStore('sqlite:data/scopes.db')
 * ```
 * Rejects with InvalidArgumentError for an address that is none, and for a file that is not there or no store; with
 * StoreUnavailableError when the store cannot be used: it is damaged, on a read-only file system, or not reached.
 */
export async function openStore(address: string, options: OpenStoreOptions = {}): Promise<OpenedStore> {
  const opened = await storeAt(address, options)
  try {
    await opened.store.open()
  } catch (error) {
    await opened.store.close()
    if (opened.name.startsWith('sqlite:') && isReadOnly(error)) throw readOnly(error)
    throw error
  }
  return opened
}

/** What a file system says that takes no changes. */
function isReadOnly(error: unknown): error is StoreUnavailableError {
  if (!(error instanceof StoreUnavailableError)) return false
  const { cause } = error
  return cause instanceof Error && 'code' in cause && ['EROFS', 'EACCES', 'EPERM'].includes(String(cause.code))
}

function readOnly(error: StoreUnavailableError): StoreUnavailableError {
  const way = 'A copy of its directory, made while no process uses the store, can be looked at.'
  return new StoreUnavailableError(`${error.message} ${way}`, { cause: error, outcome: 'none' })
}

/** Nobody's request waits for it: a slow cluster is no error yet. */
const patience = { timeoutMs: 10_000, durableTimeoutMs: 10_000, openTimeoutMs: 20_000 }

async function storeAt(address: string, { creates = false, environment = {} }: OpenStoreOptions): Promise<OpenedStore> {
  if (address.startsWith('sqlite:')) {
    // `sqlite:///var/scopes.db`, as other programs write it.
    const path = address.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '')
    if (path === '') throw new InvalidArgumentError('The address sqlite: names no file, such as sqlite:data/scopes.db.')
    if (!creates) await findStoreFile(path)
    const { sqliteStore } = await import('@scopes/sqlite')
    return { store: sqliteStore({ path }), name: `sqlite:${path}` }
  }
  if (/^couchbases?:/.test(address)) {
    // Imported where it is wanted: the SDK takes longer to load than a file takes to be listed.
    const { couchbaseStore, parseCouchbaseUrl } = await import('@scopes/couchbase')
    const { COUCHBASE_USERNAME: username, COUCHBASE_PASSWORD: password } = environment
    const settings = { username, password, ...parseCouchbaseUrl(address) }
    if (settings.username === undefined || settings.password === undefined) {
      throw new InvalidArgumentError(
        'The address has no user and password: give them by COUCHBASE_USERNAME and COUCHBASE_PASSWORD, or as couchbase://user:password@host/bucket.',
      )
    }
    const path = [settings.bucket, settings.scope, settings.collections].filter(part => part !== undefined).join('/')
    const hosts = settings.connectionString.replace(/\?.*$/, '')
    return { store: couchbaseStore({ ...settings, ...patience }), name: `${hosts}/${path}` }
  }
  throw new InvalidArgumentError(
    'The address of a store begins with sqlite: or couchbase://, as in sqlite:data/scopes.db or couchbase://user:password@host/bucket.',
  )
}
