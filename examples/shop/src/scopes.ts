import { type ScopeDefinition, defineScope } from '@scopes/core'

/** What the shop knows of a visitor until he leaves or logs out. */
export interface SessionState {
  /** When the visit began. */
  since?: Date
  /** The name that the visitor logged in with. */
  user?: string
  /** Pieces by article. A record and not a list: changes of different articles are changes of different places. */
  cart: Record<string, number>
  /** Counted by `load`. */
  hits: number
  /** Counted by `load`: a counter for each of its clients. */
  own: Record<string, number>
  /** The last thing that `load` uploaded. */
  note?: string
}

/** What the shop knows of a browser, over all its visits. */
export interface ClientState {
  visits: number
}

/** What all visitors share. */
export interface ApplicationState {
  /** When each session was last seen, in milliseconds since 1970, by a digest of its id. */
  seen: Record<string, number>
}

/** Ends half an hour after the last request, after 12 hours, at the logout, or when the visitor signs out everywhere. */
export const Session: ScopeDefinition<SessionState, { readonly user: string | undefined }> = defineScope({
  kind: 'session',
  initial: (): SessionState => ({ cart: {}, hits: 0, own: {} }),
  idle: '30m',
  absolute: '12h',
  indexes: { user: ({ user }: SessionState) => user },
})

/** Outlives the session, and the logout. */
export const Client: ScopeDefinition<ClientState> = defineScope({
  kind: 'client',
  initial: (): ClientState => ({ visits: 0 }),
  idle: '90d',
})

/** There is one, under the id `_`. */
export const Application: ScopeDefinition<ApplicationState> = defineScope({
  kind: 'application',
  initial: (): ApplicationState => ({ seen: {} }),
})
