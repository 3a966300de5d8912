import { type DiagnosticsChannel, diagnosticsChannel } from '@scopes/core'

/** Published on `scopes:cfml-background-failed`: something that no request waited for, or that may not fail one, did not succeed. */
export interface BackgroundFailedMessage {
  readonly application: string
  /** `deadline`: that of the application was not moved. `end`: an idle application was not ended; it is tried again. `visit`: of a client or session that was only read. */
  readonly what: 'deadline' | 'end' | 'visit'
  readonly error: unknown
}

/**
 * Published on `scopes:cfml-cookie-refused` when a cookie with a client counts as none. `malformed`: cut, or no seal. `unknown-key`:
 * sealed by none of the keys. `forged`: changed, or sealed for another cookie or application. `expired`: its time is over, whatever the
 * browser thinks. `unreadable`: sealed here, but of another version.
 */
export interface CookieRefusedMessage {
  /** The name of the cookie. */
  readonly cookie: string
  readonly reason: 'malformed' | 'unknown-key' | 'forged' | 'expired' | 'unreadable'
}

/** Every channel of this package. Subscribe with `node:diagnostics_channel` by the name. */
export const cfmlDiagnostics: {
  readonly backgroundFailed: DiagnosticsChannel<BackgroundFailedMessage>
  readonly cookieRefused: DiagnosticsChannel<CookieRefusedMessage>
} = {
  backgroundFailed: diagnosticsChannel('scopes:cfml-background-failed'),
  cookieRefused: diagnosticsChannel('scopes:cfml-cookie-refused'),
}
