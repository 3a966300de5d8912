import { type DiagnosticsChannel, type ScopeKey, diagnosticsChannel } from '@scopes/core'

/** Published on `scopes:http-insecure-cookie`, once per gate: a cookie with Secure was sent where a browser may refuse it. */
export interface InsecureCookieMessage {
  readonly cookie: string
  /** What to look at; also given to `process.emitWarning`. */
  readonly message: string
}

/** Published on `scopes:http-late-change` when a change was refused because the response head had gone. */
export interface LateChangeMessage {
  readonly key: ScopeKey
  /** The error that the caller got. */
  readonly error: Error
}

/** Published on `scopes:http-renewal-failed`: the answer went out, but the deadline of the scope was not moved. */
export interface RenewalFailedMessage {
  readonly key: ScopeKey
  readonly error: unknown
}

/** Published on `scopes:http-late-write` when a save of express-session came after the end of its session: it was not stored. */
export interface LateWriteMessage {
  readonly key: ScopeKey
  readonly error: Error
}

/** Every channel of this package. Subscribe with `node:diagnostics_channel` by the name. */
export const httpDiagnostics: {
  readonly insecureCookie: DiagnosticsChannel<InsecureCookieMessage>
  readonly lateChange: DiagnosticsChannel<LateChangeMessage>
  readonly lateWrite: DiagnosticsChannel<LateWriteMessage>
  readonly renewalFailed: DiagnosticsChannel<RenewalFailedMessage>
} = {
  insecureCookie: diagnosticsChannel('scopes:http-insecure-cookie'),
  lateChange: diagnosticsChannel('scopes:http-late-change'),
  lateWrite: diagnosticsChannel('scopes:http-late-write'),
  renewalFailed: diagnosticsChannel('scopes:http-renewal-failed'),
}
