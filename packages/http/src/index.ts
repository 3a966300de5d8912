// The gate: scopes for requests, without a request or response object. Adapters of other frameworks are built on it.
export { type ScopeGate, createGate } from './gate.ts'
export type { RequestMeta, ScopeRequest } from './scope-request.ts'
export type { RequestPhase } from './answer-state.ts'

// What the functions of all frameworks take and give.
export type { WebDefinitions, WebFunctions, WebOptions } from './web.ts'

// A gate of one's own in a framework: `expressGate` of `@scopes/http/express`, and the same of the others.
export type { GateMiddleware, RequestOptions } from './web.ts'

// What a handler holds.
export type { RequestScope } from './request-scope.ts'

// Options, the same in every framework.
export type { CookieOptions, Definitions, GateOptions, NamedCookieOptions } from './options.ts'
export type { ScopePlace, ScopePlaces } from './scope-place.ts'

// Cookies that are written beside those of the gate, by the same rules.
export type { Cookie } from './options.ts'
export { readCookies } from './read-cookies.ts'
export { clearCookie, writeCookie } from './write-cookie.ts'

// What happens inside, by node:diagnostics_channel.
export {
  type InsecureCookieMessage,
  type LateChangeMessage,
  type LateWriteMessage,
  type RenewalFailedMessage,
  httpDiagnostics,
} from './diagnostics.ts'
