import { type DiagnosticsChannel, diagnosticsChannel } from '@scopes/core'

/** Published on `scopes:cfml-background-failed`: something that no request waited for, or that may not fail one, did not succeed. */
export interface BackgroundFailedMessage {
  readonly application: string
  /** `deadline`: that of the application was not moved. `end`: an idle application was not ended; it is tried again. `visit`: of a client or session that was only read. */
  readonly what: 'deadline' | 'end' | 'visit'
  readonly error: unknown
}

/** Every channel of this package. Subscribe with `node:diagnostics_channel` by the name. */
export const cfmlDiagnostics: { readonly backgroundFailed: DiagnosticsChannel<BackgroundFailedMessage> } = {
  backgroundFailed: diagnosticsChannel('scopes:cfml-background-failed'),
}
