import { decodeDocument } from '../../src/document/decode.ts'
import type { LiveDocument } from '../../src/document/scope-document.ts'
import {
  type DocumentStore,
  type ScopeDefinition,
  type Scopes,
  defineScope,
  type OpenScopesOptions,
  openScopes,
} from '../../src/index.ts'

/** The shape of version 1. */
export interface First {
  hits: number
  items: string[]
  notes: Record<string, string>
}

/** Version 2: items with a quantity. */
export interface Second {
  hits: number
  cart: { sku: string; quantity: number }[]
  notes: Record<string, string>
}

/** Version 3: notes have moved, and there is something that no older shape can hold. */
export interface Third {
  hits: number
  cart: { sku: string; quantity: number }[]
  about: { notes: Record<string, string>; language: string }
}

/** The steps, with a count of how often each was called. */
export const calls = { toSecond: 0, toThird: 0 }

export function toSecond({ items, ...rest }: First): Second {
  calls.toSecond++
  return { ...rest, cart: items.map(sku => ({ sku, quantity: 1 })) }
}

export function toThird({ notes, ...rest }: Second): Third {
  calls.toThird++
  return { ...rest, about: { notes, language: notes['language'] ?? 'en' } }
}

function backToSecond({ about, ...rest }: Third): Second {
  return { ...rest, notes: about.notes }
}

export const SessionV1: ScopeDefinition<First> = defineScope({
  kind: 'session',
  initial: (): First => ({ hits: 0, items: [], notes: {} }),
  idle: '30m',
})

export const SessionV2: ScopeDefinition<Second> = defineScope({
  kind: 'session',
  initial: (): Second => ({ hits: 0, cart: [], notes: {} }),
  idle: '30m',
  version: 2,
  upcast: { 1: toSecond },
})

/** While a process of version 2 runs. */
export const SessionV3Deploying: ScopeDefinition<Third> = defineScope({
  kind: 'session',
  initial: (): Third => ({ hits: 0, cart: [], about: { notes: {}, language: 'en' } }),
  idle: '30m',
  version: 3,
  upcast: { 1: toSecond, 2: toThird },
  downcast: { 2: backToSecond },
})

export const SessionV3: ScopeDefinition<Third> = defineScope({
  kind: 'session',
  initial: (): Third => ({ hits: 0, cart: [], about: { notes: {}, language: 'en' } }),
  idle: '30m',
  version: 3,
  upcast: { 1: toSecond, 2: toThird },
})

/** A process of its own on this store; it has its own definition of the kind. */
export function process(
  name: string,
  options: Pick<OpenScopesOptions, 'store'> & Partial<OpenScopesOptions>,
): Promise<Scopes> {
  return openScopes({ application: 'shop', process: name, ...options })
}

/** The living document under this key. */
export async function stored(store: DocumentStore, name: string): Promise<LiveDocument> {
  const document = decodeDocument((await store.load(name))?.bytes ?? new Uint8Array())
  if (document.type !== 'live') throw new Error('It has ended.')
  return document
}

/** Resolves when the condition holds, looked at in each turn of the event loop. */
export async function settled(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(resolve => setImmediate(resolve))
}
