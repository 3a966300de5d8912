import { expectTypeOf } from 'vitest'
import { type RotateOptions, type Scope, defineScope, memoryStore, openScopes } from '../../src/index.ts'

const Session = defineScope({ kind: 'session', initial: (): { user?: string; cart: string[] } => ({ cart: [] }) })
const scopes = await openScopes({ application: 'shop', store: memoryStore() })
const session = await scopes.open(Session, 's')

// What goes along is named by the properties of the state.
expectTypeOf(session.rotate({ keep: ['user'] })).toEqualTypeOf<Promise<Scope<{ user?: string; cart: string[] }>>>()
expectTypeOf<RotateOptions<{ user?: string; cart: string[] }>['drop']>().toEqualTypeOf<
  readonly ('user' | 'cart')[] | undefined
>()
// @ts-expect-error a property that the state does not have
void session.rotate({ drop: ['carts'] })

// A lifetime is a duration or never.
void session.setLifetime({ idle: '30d', absolute: 'never' })
// @ts-expect-error a Date is none
void session.setLifetime({ idle: new Date() })
