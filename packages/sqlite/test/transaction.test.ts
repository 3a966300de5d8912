import { join } from 'node:path'

import { expect, onTestFinished, test } from 'vitest'

import { connect } from '../src/connection.ts'
import { type Database, pickDriver } from '../src/driver.ts'
import { isBusy } from '../src/map-sqlite-error.ts'
import { CommitFailure, Transactions } from '../src/transaction.ts'
import { temporaryDirectory } from './temporary-directory.ts'

async function twoConnections(): Promise<readonly [Database, Database]> {
  const path = join(await temporaryDirectory(), 'scopes.db')
  const driver = await pickDriver()
  const connections = [connect(driver, path, 'NORMAL'), connect(driver, path, 'NORMAL')] as const
  onTestFinished(() => {
    for (const connection of connections) connection.close()
  })
  connections[0].exec('CREATE TABLE numbers(n INTEGER)')
  return connections
}

function numbers(database: Database): number[] {
  return database
    .prepare<{ n: number }>('SELECT n FROM numbers ORDER BY n')
    .all()
    .map(({ n }) => n)
}

/** What `work` throws; undefined when it throws nothing. */
function thrown(work: () => unknown): unknown {
  try {
    work()
    return undefined
  } catch (error) {
    return error
  }
}

test('rule 5: a write has the lock from its beginning, before it has written anything; readers are not in its way', async () => {
  const [first, second] = await twoConnections()
  const [ours, theirs] = [new Transactions(first), new Transactions(second)]
  ours.write(() => {
    const error = thrown(() => theirs.write(() => 1))
    expect(isBusy(error)).toBe(true)
    expect(theirs.read(() => numbers(second))).toEqual([])
  })
  expect(theirs.write(() => 1)).toBe(1)
})

test('what failed has left nothing behind, and the next transaction goes on', async () => {
  const [database] = await twoConnections()
  const transactions = new Transactions(database)
  const failure = new Error('changed my mind')
  const error = thrown(() =>
    transactions.write(() => {
      database.exec('INSERT INTO numbers VALUES(1)')
      throw failure
    }),
  )
  expect(error).toBe(failure)
  transactions.write(() => database.exec('INSERT INTO numbers VALUES(2)'))
  expect(numbers(database)).toEqual([2])
})

test('an error that has rolled back by itself is told as it is', async () => {
  const [database] = await twoConnections()
  const transactions = new Transactions(database)
  const failure = new Error('the disk is full')
  const error = thrown(() =>
    transactions.write(() => {
      database.exec('ROLLBACK')
      throw failure
    }),
  )
  expect(error).toBe(failure)
})

test('a COMMIT that fails is told apart, and rolled back', async () => {
  const [database] = await twoConnections()
  database.exec(`
    PRAGMA foreign_keys=ON;
    CREATE TABLE parents(id INTEGER PRIMARY KEY);
    CREATE TABLE children(parent INTEGER REFERENCES parents(id) DEFERRABLE INITIALLY DEFERRED)`)
  const transactions = new Transactions(database)
  const error = thrown(() =>
    transactions.write(() => database.exec('INSERT INTO children VALUES(7); INSERT INTO numbers VALUES(1)')),
  )
  expect(error).toBeInstanceOf(CommitFailure)
  expect((error as CommitFailure).cause).toMatchObject({ message: expect.stringContaining('FOREIGN KEY') as unknown })
  transactions.write(() => database.exec('INSERT INTO numbers VALUES(2)'))
  expect(numbers(database)).toEqual([2])
})

test('a read sees one state, whatever is committed meanwhile', async () => {
  const [first, second] = await twoConnections()
  const seen = new Transactions(first).read(() => {
    const before = numbers(first)
    second.exec('INSERT INTO numbers VALUES(1)')
    return [before, numbers(first)]
  })
  expect(seen).toEqual([[], []])
  expect(numbers(first)).toEqual([1])
})
