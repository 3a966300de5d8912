import { type DiagnosticsChannel, diagnosticsChannel } from '@scopes/core'

/**
 * Published on `scopes:cfml-cookie-refused` when a cookie with a client scope counts as none. `malformed`: cut, or no seal.
 * `unknown-key`: sealed by none of the keys. `forged`: changed, or sealed for another cookie or application. `expired`: its time is
 * over, whatever the browser thinks. `unreadable`: sealed here, but of another version.
 */
export interface CookieRefusedMessage {
  readonly cookie: string
  readonly reason: 'malformed' | 'unknown-key' | 'forged' | 'expired' | 'unreadable'
}

/** Every channel of cookie storage. */
export const cookieDiagnostics: { readonly refused: DiagnosticsChannel<CookieRefusedMessage> } = {
  refused: diagnosticsChannel('scopes:cfml-cookie-refused'),
}
