import { type ScopeDefinition, type StandardSchema, defineScope } from '@scopes/core'

/** The state of a visitor's session in the tests. */
export interface SessionState {
  hits: number
  user: string | null
  cart: string[]
  /** One counter per key, so that parallel requests can change different places. */
  counters: Record<string, number>
}

/** What outlives a visitor's sessions in the tests. */
export interface ClientState {
  visits: number
}

export const Session: ScopeDefinition<SessionState> = defineScope({
  kind: 'session',
  initial: (): SessionState => ({ hits: 0, user: null, cart: [], counters: {} }),
  idle: '30m',
  absolute: '12h',
})

const clientSchema: StandardSchema = {
  '~standard': {
    version: 1,
    vendor: 'shop',
    validate(value) {
      const { visits } = value as ClientState
      return visits < 0 ? { issues: [{ message: 'is below 0', path: ['visits'] }] } : { value }
    },
  },
}

export const Client: ScopeDefinition<ClientState> = defineScope({
  kind: 'client',
  initial: (): ClientState => ({ visits: 0 }),
  idle: '90d',
  schema: clientSchema,
})

/** The scopes of the tests by name. */
export const definitions: { readonly session: typeof Session; readonly client: typeof Client } = {
  session: Session,
  client: Client,
}

/** Their type. */
export type ShopDefinitions = typeof definitions
