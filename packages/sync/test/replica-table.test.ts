import type { CommitId, Life, StoreToken } from '@scopes/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ReplicaState } from '../src/replica-state.ts'
import { ReplicaTable } from '../src/replica-table.ts'
import { propertySettings } from './property-settings.ts'

function state(type: 'held' | 'ended' | 'behind' | 'doubtful' | 'gone', token = 1): ReplicaState {
  if (type !== 'held' && type !== 'ended') return { type, token: BigInt(token) as StoreToken }
  const position = { isEnded: type === 'ended', life: 'L' as Life, version: 1, commitId: 'c' as CommitId }
  return { type: 'held', token: BigInt(token) as StoreToken, position }
}

/** A table of three that tells which it has. */
function tableOf(max: number): { readonly table: ReplicaTable; readonly evicted: string[] } {
  const evicted: string[] = []
  return { table: new ReplicaTable(max, key => evicted.push(key)), evicted }
}

test('who makes room: scopes that are over, then those never used here, then those used, each by their last change or use', () => {
  const { table, evicted } = tableOf(6)
  for (const key of ['used', 'used again', 'fed', 'fed again']) table.set(key, state('held'), 0)
  table.set('over', state('ended'), 0)
  table.set('removed', state('gone'), 0)
  for (const key of ['used again', 'used', 'used again']) table.use(table.get(key)?.number ?? 0)
  table.set('fed again', state('held', 2), 0)
  // Looked at, but it is over all the same.
  table.use(table.get('over')?.number ?? 0)
  for (let next = 0; next < 6; next++) {
    const number = table.set(`next ${next}`, state('held'), 0)
    table.use(number ?? 0)
  }
  expect(evicted).toEqual(['over', 'removed', 'fed', 'fed again', 'used', 'used again'])
})

test('a change is no use: what was used stays so, what was not does not become so', () => {
  const { table, evicted } = tableOf(2)
  table.use(table.set('used', state('held'), 0) ?? 0)
  table.set('fed', state('held'), 0)
  table.set('used', state('held', 2), 0)
  table.set('fed', state('held', 3), 0)
  table.set('next', state('held'), 0)
  expect(evicted).toEqual(['fed'])
})

test('an ended scope that lives again is an unused one', () => {
  const { table, evicted } = tableOf(2)
  table.set('again', state('gone'), 0)
  table.set('fed', state('held'), 0)
  table.set('again', state('held', 2), 0)
  table.set('next', state('held'), 0)
  expect(evicted).toEqual(['fed'])
})

test('a partition has the replicas that its messages named, and those that no message has named', () => {
  const { table } = tableOf(10)
  table.set('a', state('held'), 0)
  table.set('b', state('held'), 1)
  table.set('c', state('held'), undefined)
  expect(table.keysOf(0)).toEqual(['a', 'c'])
  expect(table.keysOf(2)).toEqual(['c'])
  table.set('c', state('held'), 1)
  table.set('a', state('held'), undefined)
  expect(table.keysOf(0)).toEqual(['a'])
  expect(table.keysOf(1)).toEqual(['b', 'c'])
})

test('where no other partition was ever named, all belong to the one', () => {
  const { table } = tableOf(10)
  table.set('c', state('held'), undefined)
  expect(table.keysOf(0)).toBeUndefined()
  table.set('a', state('held'), 0)
  expect(table.keysOf(0)).toBeUndefined()
  expect(table.keysOf(1)).toEqual(['c'])
})

const anyKey = fc.integer({ min: 0, max: 40 }).map(number => `key ${number}`)
const anyStep = fc.oneof(
  fc.record({
    type: fc.constant('set' as const),
    key: anyKey,
    state: fc.constantFrom(...(['held', 'ended', 'behind', 'doubtful', 'gone'] as const)),
    token: fc.nat({ max: 1000 }),
    bytes: fc.uint8Array({ maxLength: 50 }),
  }),
  fc.record({ type: fc.constantFrom('use' as const, 'delete' as const), key: anyKey }),
)

test('whatever happens, at most so many are there, each as it was last set, with its own bytes', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 300, size: 'max' }), fc.integer({ min: 1, max: 20 }), (steps, max) => {
      const model = new Map<string, { state: ReplicaState; bytes: Uint8Array }>()
      const table = new ReplicaTable(max, key => expect(model.delete(key)).toBe(true))
      for (const step of steps) {
        if (step.type === 'set') {
          const next = state(step.state, step.token)
          const number = table.set(step.key, next, 0)
          if (number !== undefined) table.pack(number, step.bytes)
          model.set(step.key, { state: next, bytes: step.bytes })
        } else if (step.type === 'delete') {
          table.delete(step.key)
          model.delete(step.key)
        } else {
          const entry = table.get(step.key)
          if (entry) table.use(entry.number)
        }
        expect(table.size).toBe(model.size)
        expect(table.size).toBeLessThanOrEqual(max)
      }
      for (const [key, { state: expected, bytes }] of model) {
        const entry = table.get(key)
        expect({ ...entry, number: 0 }).toEqual({
          type: expected.type,
          token: expected.type === 'none' ? 0n : expected.token,
          number: 0,
        })
        expect(table.packed(entry?.number ?? 0)?.equals(bytes)).toBe(true)
      }
    }),
    propertySettings(100),
  )
})
