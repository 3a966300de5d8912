import { type ScopeDefinition, defineScope } from '@scopes/core'

/** The small session: one number. */
export interface CounterState {
  count: number
}

/** An object of the large session. */
interface Item {
  readonly name: string
  readonly price: number
  quantity: number
}

/** The large session: 100 objects, about 7 kB of JSON, as a cart or a list of recent pages. */
export interface ObjectsState {
  items: Record<string, Item>
}

/** The object of the large session in which requests change a number. */
export const changedItem: string = itemKey(42)

/** A small session that nobody has changed. */
function counterState(): CounterState {
  return { count: 0 }
}

/** A large session that nobody has changed. */
export function objectsState(count: number = 100): ObjectsState {
  const items: Record<string, Item> = {}
  for (let index = 0; index < count; index++) {
    items[itemKey(index)] = { name: `Article number ${index}`, price: 100 + index, quantity: 0 }
  }
  return { items }
}

/** The item of that key. @throws when the session has lost it */
export function itemOf<T>(items: Readonly<Record<string, T>>, key: string): T {
  const item = items[key]
  if (item === undefined) throw new Error(`The session has lost ${key}.`)
  return item
}

/** The key of the item at a place. */
export function itemKey(index: number): string {
  return `article-${String(index).padStart(3, '0')}`
}

/** The small session as a scope. */
export const CounterScope: ScopeDefinition<CounterState> = defineScope({
  kind: 'counter',
  initial: counterState,
  idle: '30m',
})

/** The large session as a scope. */
export const ObjectsScope: ScopeDefinition<ObjectsState> = defineScope({
  kind: 'objects',
  initial: () => objectsState(),
  idle: '30m',
})
