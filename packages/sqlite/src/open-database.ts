import { Bell } from './bell.ts'
import { ChangeLog } from './change-log.ts'
import { connect } from './connection.ts'
import { diagnostics } from './diagnostics.ts'
import { type Database, pickDriver } from './driver.ts'
import { mapSqliteError } from './map-sqlite-error.ts'
import { bellPath, preparePlace } from './place.ts'
import { type RetryOptions, retryBusy } from './retry-busy.ts'
import { createTables, inspectFile } from './schema.ts'
import { StoreIdentity } from './store-identity.ts'
import { Transactions } from './transaction.ts'

/** How a file is opened. */
export interface DatabaseSettings {
  readonly path: string
  /** Every transaction is flushed, not only those that ask for it. */
  readonly isAlwaysFlushed: boolean
  /** How long to wait for other processes. */
  readonly busyTimeoutMs: number
  /** Rows of the log that are kept. */
  readonly changesKept: number
}

/** A store file in use. */
export interface OpenDatabase {
  /** Where the file really is, links resolved. */
  readonly path: string
  readonly database: Database
  readonly transactions: Transactions
  readonly log: ChangeLog
  readonly identity: StoreIdentity
  readonly bell: Bell
}

/**
 * Opens the file, makes a store of it if it is new, and begins a new branch if its history may have lost something.
 * Rejects with `StoreUnavailableError`; then nothing is left open. No step that only looks needs the write lock, so that
 * a store can be opened while a peer is stopped inside a write.
 */
export async function openDatabase(settings: DatabaseSettings): Promise<OpenDatabase> {
  const driver = await pickDriver()
  const path = await preparePlace(settings.path)
  const retry: RetryOptions = { path, busyTimeoutMs: settings.busyTimeoutMs }
  const database = await retryBusy(() => connect(driver, path, settings.isAlwaysFlushed ? 'FULL' : 'NORMAL'), retry)
  let bell: Bell | undefined
  try {
    const transactions = new Transactions(database)
    await ensureTables(database, transactions, retry)
    const log = new ChangeLog(database, settings.changesKept)
    const identity = new StoreIdentity(database, path, log)
    bell = new Bell(bellPath(path), () => identity.mark())
    const opened: OpenDatabase = { path, database, transactions, log, identity, bell }
    await ensureBranch(opened, retry)
    return opened
  } catch (error) {
    bell?.close()
    database.close()
    throw mapSqliteError(error, path)
  }
}

async function ensureTables(database: Database, transactions: Transactions, retry: RetryOptions): Promise<void> {
  const isEmpty = (): boolean => inspectFile(database, retry.path) === 'empty'
  if (!(await retryBusy(isEmpty, retry))) return
  await retryBusy(
    () =>
      transactions.write(() => {
        // Another process may have been faster.
        if (isEmpty()) createTables(database)
      }),
    retry,
  )
}

async function ensureBranch({ transactions, identity, bell, path }: OpenDatabase, retry: RetryOptions): Promise<void> {
  const isDue = (): boolean => identity.reasonForBranch(bell) !== undefined || identity.lacksBirth()
  if (!(await retryBusy(() => transactions.read(isDue), retry))) return
  await retryBusy(
    () =>
      transactions.write(() => {
        // Judged again under the lock: of several processes that open after a boot, one begins the branch.
        const reason = identity.reasonForBranch(bell)
        if (reason === undefined) return identity.learnBirth()
        const { branch } = identity.startBranch(bell)
        diagnostics.branch.publish({ path, branch, reason })
      }),
    retry,
  )
  // For the readers of other processes, who must not wait until they look, and over what one of them rang meanwhile.
  bell.ring()
}
