import { connect } from '../src/connection.ts'
import { type Database, pickDriver } from '../src/driver.ts'

/** What `work` makes of a connection past the store, for looking and for doing harm. */
export async function withRawDatabase<T>(path: string, work: (database: Database) => T): Promise<T> {
  const database = connect(await pickDriver(), path, 'NORMAL')
  try {
    return work(database)
  } finally {
    database.close()
  }
}
