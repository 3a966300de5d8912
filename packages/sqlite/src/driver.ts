import { StoreUnavailableError } from '@scopes/core'

/** What SQLite stores in a column. */
type SqlValue = null | number | string | Uint8Array

/** A prepared statement whose rows are of type `Row`. */
export interface Statement<Row> {
  run(...values: readonly SqlValue[]): { readonly changes: number | bigint }
  get(...values: readonly SqlValue[]): Row | undefined
  all(...values: readonly SqlValue[]): Row[]
}

/** One connection of a driver. `Row` is what the SQL says it is: nobody checks. */
export interface Database {
  exec(sql: string): void
  prepare<Row>(sql: string): Statement<Row>
  close(): void
}

/** A copy of SQLite that this process can use. */
export interface Driver {
  readonly name: 'node:sqlite' | '@photostructure/sqlite'
  readonly sqliteVersion: string
  open(path: string): Database
}

/** The first SQLite without the WAL-reset error, which can damage a file that several processes write (rule 1). */
export const oldestSqlite = '3.51.3'

const registryKey = Symbol.for('@scopes/sqlite.driver')

/**
 * The one driver of this process: `node:sqlite` where it is there and new enough, else `@photostructure/sqlite`.
 * Two copies of SQLite in one process do not see each other's locks (rule 2), so the choice is kept where every copy of
 * this package finds it. Worker threads decide by the same facts and so choose the same. Rejects with
 * `StoreUnavailableError` when there is none that is new enough; then the next call tries again.
 */
export function pickDriver(): Promise<Driver> {
  const registry = globalThis as { [registryKey]?: Promise<Driver> | undefined }
  registry[registryKey] ??= findDriver().catch((error: unknown) => {
    registry[registryKey] = undefined
    throw error
  })
  return registry[registryKey]
}

/** Whether a version such as `3.51.3` is free of the WAL-reset error. */
export function isNewEnough(version: string): boolean {
  const wanted = oldestSqlite.split('.').map(Number)
  const given = version.split('.').map(Number)
  for (const [index, least] of wanted.entries()) {
    const part = given[index] ?? 0
    if (part !== least) return part > least
  }
  return true
}

type DatabaseClass = new (path: string, options: { readonly enableForeignKeyConstraints: boolean }) => Database

async function findDriver(): Promise<Driver> {
  const builtIn = process.getBuiltinModule('node:sqlite') as { readonly DatabaseSync: DatabaseClass } | undefined
  const first = builtIn && driverOf('node:sqlite', builtIn.DatabaseSync)
  if (first && isNewEnough(first.sqliteVersion)) return first

  const second = driverOf('@photostructure/sqlite', await loadPackage())
  if (isNewEnough(second.sqliteVersion)) return second
  throw new StoreUnavailableError(
    `SQLite ${second.sqliteVersion} of ${second.name} can damage a file that several processes write; ` +
      `install a release with SQLite ${oldestSqlite} or newer.`,
  )
}

async function loadPackage(): Promise<DatabaseClass> {
  try {
    const { DatabaseSync } = await import('@photostructure/sqlite')
    return DatabaseSync
  } catch (cause) {
    throw new StoreUnavailableError(
      `No usable SQLite: this Node ${process.version} has none that is new enough built in, ` +
        'and @photostructure/sqlite could not be loaded (the cause). Install it: npm install @photostructure/sqlite.',
      { cause },
    )
  }
}

function driverOf(name: Driver['name'], DatabaseSync: DatabaseClass): Driver {
  const open = (path: string): Database => new DatabaseSync(path, { enableForeignKeyConstraints: false })
  const probe = open(':memory:')
  const sqliteVersion = probe.prepare<{ version: string }>('SELECT sqlite_version() AS version').get()?.version ?? '0'
  probe.close()
  return { name, sqliteVersion, open }
}
