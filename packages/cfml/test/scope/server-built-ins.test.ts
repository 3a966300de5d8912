import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { serverBuiltIns } from '../../src/scope/server-built-ins.ts'

test('the version that is told is that of the package', async () => {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8')
  const { name, version } = JSON.parse(text) as { name: string; version: string }
  expect(serverBuiltIns(undefined).get('scopes')).toEqual({ productname: name, productversion: version })
})

test.each([
  [undefined, ['os', 'node', 'scopes', 'separator']],
  ['lucee', ['os', 'node', 'scopes', 'separator', 'lucee']],
  ['coldfusion', ['os', 'node', 'scopes', 'separator', 'coldfusion']],
] as const)('with compat %s there are %j, each frozen', (compat, names) => {
  const builtIns = serverBuiltIns(compat)
  expect([...builtIns.keys()]).toEqual(names)
  expect([...builtIns.values()].every(Object.isFrozen)).toBe(true)
})
