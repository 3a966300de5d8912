import { expectTypeOf } from 'vitest'
import {
  type Draft,
  type OperationPath,
  addToSet,
  append,
  defineScope,
  inc,
  memoryStore,
  moveBy,
  openScopes,
  removeFromSet,
} from '../../src/index.ts'

interface Shop {
  hits: number
  total: bigint
  note?: string
  visits?: number
  user: { id: number; logins: number } | null
  cart: { sku: string; quantity: number; tags: string[] }[]
  log?: { at: number }[]
  counters: Record<string, number>
  byYear: Record<number, number>
  rooms: Map<string, { seats: number }>
  flags: Set<'new' | 'sale'>
  'dotted.key': number
}

declare const draft: Draft<Shop>
declare const name: string
declare const path: OperationPath
declare const anything: Record<string, unknown>

// A path leads to a number through objects, Maps, optional and nullable parts, and elements by a property.
inc(draft, 'hits', 1)
inc(draft, ['hits'], 1)
inc(draft, 'visits', 1)
inc(draft, 'dotted.key', 1)
inc(draft, ['user', 'logins'], 1)
inc(draft, ['cart', { sku: 'A' }, 'quantity'], -2)
inc(draft, ['counters', name], 1)
inc(draft, ['byYear', 2026], 1)
inc(draft, ['rooms', 'red', 'seats'], 1)
inc(draft, 'total', 2n)
// What the compiler does not know it leaves to the run.
inc(draft, path, 1)
inc(anything, 'whatever', 1)
inc(anything, ['a', 'b', { c: 1 }], 1n)

// @ts-expect-error no number
inc(draft, 'note', 1)
// @ts-expect-error no such key
inc(draft, 'hitz', 1)
// @ts-expect-error no key that the compiler knows
inc(draft, name, 1)
// @ts-expect-error a key with a dot is one segment
inc(draft, 'user.logins', 1)
// @ts-expect-error elements have no indexes
inc(draft, ['cart', 0, 'quantity'], 1)
// @ts-expect-error elements have no such property
inc(draft, ['cart', { sky: 'A' }, 'quantity'], 1)
// @ts-expect-error a number for a number
inc(draft, 'hits', 1n)
// @ts-expect-error a bigint for a bigint
inc(draft, 'total', 1)

append(draft, 'cart', { sku: 'A', quantity: 1, tags: [] })
append(draft, 'log', { at: 1 }, { at: 2 })
append(draft, ['cart', { sku: 'A' }, 'tags'], 'red')
append(draft, path, 1, 'two')
// @ts-expect-error another element
append(draft, 'log', { when: 1 })
// @ts-expect-error a Set has no end
append(draft, 'flags', 'new')
// Without arguments it is the policy.
expectTypeOf(append().type).toEqualTypeOf<'counter' | 'listBy' | 'set' | 'append'>()

addToSet(draft, 'flags', 'new', 'sale')
addToSet(draft, ['cart', { sku: 'A' }, 'tags'], 'red')
removeFromSet(draft, 'flags', 'new')
removeFromSet(draft, 'log', { at: 1 })
// @ts-expect-error no such member
addToSet(draft, 'flags', 'old')
// @ts-expect-error neither Set nor array
removeFromSet(draft, 'counters', 1)

moveBy(draft, 'cart', 'sku', 'A', 0)
// @ts-expect-error no such property
moveBy(draft, 'cart', 'sky', 'A', 0)
// @ts-expect-error elements of a Set have no order
moveBy(draft, 'flags', 'length', 1, 0)

/** In a recipe, in a draft, and in the history. */
export async function everywhere(): Promise<void> {
  const Session = defineScope({ kind: 'session', initial: (): Shop => ({ ...({} as Shop), hits: 0 }) })
  const scopes = await openScopes({ application: 'shop', store: memoryStore() })
  const session = await scopes.open(Session, 's1')
  await session.update(change => inc(change, 'hits', 1), { onConflict: 'merge' })
  const work = session.draft()
  append(work.value, 'log', { at: 1 })
  for (const { ops } of session.history()) {
    expectTypeOf(ops).toExtend<readonly { name: string; path: OperationPath; args: readonly unknown[] }[]>()
  }
}
