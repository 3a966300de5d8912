import { expectTypeOf } from 'vitest'
import { type ScopeDefinition, type StateOf, defineScope, memoryStore, openScopes } from '../../src/index.ts'

interface SessionState {
  userId?: string | undefined
  team: number | null
}

const Session = defineScope({
  kind: 'session',
  initial: (): SessionState => ({ team: null }),
  indexes: { user: state => state.userId, team: ({ team }) => team },
})
const Plain = defineScope({ kind: 'plain', initial: () => ({ hits: 0 }) })
const scopes = await openScopes({ application: 'shop', store: memoryStore() })

// The state keeps its type, the indexes have theirs, and a definition with indexes is one of its state.
expectTypeOf<StateOf<typeof Session>>().toEqualTypeOf<SessionState>()
expectTypeOf(Session).toExtend<ScopeDefinition<SessionState>>()
expectTypeOf(Session.indexTypes).toEqualTypeOf<{ user: string | undefined; team: number | null } | undefined>()

// Names and values of an index are those of the definition.
expectTypeOf(scopes.endAll(Session, { index: 'user', value: 'ann' })).toEqualTypeOf<Promise<number>>()
void scopes.endAll(Session, { index: 'team', value: 7, except: await scopes.open(Session, 's') })
// @ts-expect-error there is no such index
void scopes.endAll(Session, { index: 'users', value: 'ann' })
// @ts-expect-error the values of team are numbers
void scopes.endAll(Session, { index: 'team', value: '7' })
// @ts-expect-error nothing is found by undefined
void scopes.endAll(Session, { index: 'user', value: undefined })
// @ts-expect-error the definition has no indexes
void scopes.endAll(Plain, { index: 'user', value: 'ann' })
// @ts-expect-error a scope of another kind is no exception
void scopes.endAll(Session, { index: 'team', value: 7, except: await scopes.open(Plain, 's') })
// @ts-expect-error a state is no value of an index
defineScope({ kind: 'odd', initial: () => ({ a: {} }), indexes: { a: state => state.a } })
