import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { noOperations } from '../../src/draft/operation.ts'
import type { CommitId, Life } from '../../src/document/scope-document.ts'
import type { StoreToken } from '../../src/document/stored-document.ts'
import { lazyChange } from '../../src/feed/lazy-change.ts'

const life = '00000000000000aa' as Life
const commitId = '0'.repeat(32) as CommitId
const token = 1n as StoreToken
const facts = { life, version: 1, commitId, deadline: 0, token }
const more = { ops: noOperations, baseVersion: 0, at: 5 }

test('what is not read is not made, what is read is made once', () => {
  const made: string[] = []
  const value = (): unknown => (made.push('value'), { hits: 1 })
  const patches = (): [] => (made.push('patches'), [])
  const change = lazyChange<'created'>({ type: 'created', ...facts, ...more }, { value, patches })
  expect(change.version).toBe(1)
  expect(made).toEqual([])
  expect(change.value).toBe(change.value)
  expect(change.patches).toBe(change.patches)
  expect(made).toEqual(['value', 'patches'])
})

test('an undefined value is made once too', () => {
  let made = 0
  const change = lazyChange<'touched'>({ type: 'touched', ...facts }, { value: () => void made++ })
  expect([change.value, change.value, made]).toEqual([undefined, undefined, 1])
})

test('copied, compared, written as JSON and printed it is a plain object', () => {
  const change = lazyChange<'touched'>(
    { type: 'touched', life, version: 1, commitId, deadline: 0, token },
    {
      value: () => ({ hits: 1 }),
    },
  )
  const plain = { type: 'touched', ...facts, value: { hits: 1 } }
  expect(change).toEqual(plain)
  expect({ ...change }).toStrictEqual(plain)
  expect(structuredClone(change)).toEqual(plain)
  expect(JSON.parse(JSON.stringify({ ...change, token: 0 }))).toEqual({ ...plain, token: 0 })
  expect(inspect(change)).toBe(inspect(plain))
  expect(Object.keys(change).toSorted()).toEqual(Object.keys(plain).toSorted())
})
