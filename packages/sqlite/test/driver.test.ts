import { describe, expect, test } from 'vitest'

import { isNewEnough, oldestSqlite, pickDriver } from '../src/driver.ts'

describe('rule 1: a SQLite with the WAL-reset error is refused', () => {
  test.each(['3.51.3', '3.51.10', '3.52.0', '3.53.4', '4.0.0', '3.100.0'])('%s is new enough', version => {
    expect(isNewEnough(version)).toBe(true)
  })

  test.each(['3.51.2', '3.51', '3.50.9', '3.7.0', '2.99.99', '0', '', 'unknown'])('%s is not', version => {
    expect(isNewEnough(version)).toBe(false)
  })

  test('the chosen driver is new enough', async () => {
    const driver = await pickDriver()
    expect(isNewEnough(driver.sqliteVersion), `${driver.name} ${driver.sqliteVersion} < ${oldestSqlite}`).toBe(true)
  })
})

describe('rule 2: one copy of SQLite per process', () => {
  test('the choice is made once, and every copy of this package in the process finds it', async () => {
    const driver = await pickDriver()
    const registry = globalThis as { [key: symbol]: unknown }
    const key = Symbol.for('@scopes/sqlite.driver')
    expect(await pickDriver()).toBe(driver)
    expect(await registry[key]).toBe(driver)

    // What another copy of this package has chosen counts.
    const before = registry[key]
    const chosen = { ...driver }
    registry[key] = Promise.resolve(chosen)
    try {
      expect(await pickDriver()).toBe(chosen)
    } finally {
      registry[key] = before
    }
  })

  test("Node's own SQLite is taken where it is there and new enough", async () => {
    const driver = await pickDriver()
    const version = process.versions['sqlite']
    const isBuiltIn = process.getBuiltinModule('node:sqlite') !== undefined && version !== undefined
    expect(driver.name).toBe(isBuiltIn && isNewEnough(version) ? 'node:sqlite' : '@photostructure/sqlite')
  })
})
