import { StoreUnavailableError } from '@scopes/core'

import type { Database, Driver } from './driver.ts'

/** `NORMAL`: a commit survives the process; `FULL`: it, and every earlier commit of anyone, survives a power cut too. */
export type Synchronous = 'NORMAL' | 'FULL'

/**
 * A connection with the settings of this store. Defaults differ between builds of SQLite, so all are set; the order
 * matters (`busy_timeout` first: nothing may sleep on the event loop). Throws what the driver throws, also errcode 5
 * while another process opens the same new file: the caller tries again.
 */
export function connect(driver: Driver, path: string, synchronous: Synchronous): Database {
  const database = driver.open(path)
  try {
    database.exec('PRAGMA busy_timeout=0')
    const mode = database.prepare<{ journal_mode: string }>('PRAGMA journal_mode=WAL').get()?.journal_mode
    if (mode !== 'wal') {
      throw new StoreUnavailableError(
        `The file system of ${path} has no shared memory for SQLite's WAL mode (it answers "${mode}"): ` +
          'the store needs a local file system.',
      )
    }
    database.exec(
      `PRAGMA synchronous=${synchronous}; PRAGMA mmap_size=0; PRAGMA cache_size=-16000; PRAGMA temp_store=MEMORY;
       PRAGMA foreign_keys=OFF; PRAGMA wal_autocheckpoint=1000; PRAGMA journal_size_limit=16777216`,
    )
    return database
  } catch (error) {
    database.close()
    throw error
  }
}
