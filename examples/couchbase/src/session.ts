import { type ScopeDefinition, defineScope } from '@scopes/core'

/** What the service keeps of a visitor. */
export interface SessionState {
  visits: number
  /** The processes that answered, newest first. */
  answeredBy: string[]
}

/** Ends 90 days after the last request: the store keeps it as long, whatever its own limit for relative times is. */
export const Session: ScopeDefinition<SessionState> = defineScope({
  kind: 'session',
  initial: (): SessionState => ({ visits: 0, answeredBy: [] }),
  idle: '90d',
})
