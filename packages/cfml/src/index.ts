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
