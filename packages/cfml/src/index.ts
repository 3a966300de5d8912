// Settings: an application by its familiar names.
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
export { type CsrfSession, csrfGenerateToken, csrfVerifyToken } from './csrf/csrf-tokens.ts'
