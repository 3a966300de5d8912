import { expect, test } from 'vitest'
import { parseLoadOptions } from '../src/load/load-options.ts'
import { UsageError, parseShopOptions } from '../src/options.ts'

test('the shop has defaults for everything', () => {
  const defaults = { port: 3000, host: undefined, data: '.data', store: undefined, workers: 2, isHelp: false }
  expect(parseShopOptions([])).toEqual(defaults)
})

test('options are taken, also behind the -- of a package manager', () => {
  const line = ['--', '--port', '0', '--host', '::1', '--data', 'here', '--workers', '3', '--help']
  const store = 'couchbase://shop:secret@db/scopes'
  const options = { port: 0, host: '::1', data: 'here', store, workers: 3, isHelp: true }
  expect(parseShopOptions([...line, '--store', store])).toEqual(options)
})

test.each([
  ['--port', 'x'],
  ['--port', '65536'],
  ['--workers', '0'],
  ['--workers', '1.5'],
  ['--store', 'couchbase://db'],
  ['--store', 'redis://db/scopes'],
  ['--nothing'],
  ['more'],
])('the shop refuses %s %s', (...line) => {
  expect(() => parseShopOptions(line.filter(part => part !== undefined))).toThrow(UsageError)
})

test.each([['ftp://127.0.0.1'], ['http://:']])('load refuses the address %s', address => {
  expect(() => parseLoadOptions(['--url', address])).toThrow(UsageError)
})
