// An application: its settings by their familiar names, and what is opened with them.
export { openApplication } from './open-application.ts'
export { Application } from './application.ts'
export { createTimeSpan } from './settings/time-span.ts'
export type {
  ApplicationSettings,
  Compat,
  ScopeCookieSettings,
  ScopeShape,
  TimeSpan,
  Variables,
} from './settings/settings.ts'
export type {
  ApplicationEnd,
  ApplicationStart,
  LifeHandlers,
  SessionEnd,
  SessionStart,
} from './settings/life-handlers.ts'
// What a handler holds: the scopes of a request, and the functions that go with them.
export { CfmlRequest } from './request/cfml-request.ts'
export type { ScopeName, VisitorScopeName } from './request/scope-uses.ts'
export type {
  ApplicationBuiltIns,
  ClientBuiltIns,
  ServerBuiltIns,
  ServerProduct,
  ServerSystem,
  SessionBuiltIns,
} from './scope/built-ins.ts'

// Functions over structs: scopes, and objects in them.
export { duplicate } from './struct/duplicate.ts'
export { type StructFunctions, structFunctions } from './struct/struct-functions.ts'
export type { KeyRule } from './struct/struct-keys.ts'

// Locks in their familiar form, and the tokens of forms.
export { type LockPlace, type LockResult, lock } from './lock/lock.ts'
export type { LockOptions, LockedScope } from './lock/lock-options.ts'
export { type CsrfOptions, type CsrfSession, csrfGenerateToken, csrfVerifyToken } from './csrf/csrf-tokens.ts'

// What happens inside, by node:diagnostics_channel.
export { type BackgroundFailedMessage, type CookieRefusedMessage, cfmlDiagnostics } from './diagnostics.ts'
