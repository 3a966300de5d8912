import type { Clock, DocumentStore } from '@scopes/core'
import { systemClock } from '@scopes/core'
import { Caches } from './caches.ts'
import { checkSettings } from './check-settings.ts'
import type { LifeHandlers } from './life-handlers.ts'
import type { NamedCookieOptions } from '@scopes/http'
import { cookieOf } from './cookie-settings.ts'
import type { ApplicationSettings, Compat, ScopeShape, Variables } from './settings.ts'
import { timeSpanMs } from './time-span.ts'

/** One scope, with everything decided. */
interface CheckedScope {
  readonly store: DocumentStore
  readonly shape: ScopeShape<Variables> | undefined
}

/** A scope of visitors, with everything decided. */
interface CheckedVisitorScope extends CheckedScope {
  readonly isManaged: boolean
  readonly isCluster: boolean
  /** Milliseconds. */
  readonly timeoutMs: number
  readonly cookie: NamedCookieOptions
  /** Built-ins move only with variables. */
  readonly isVisitTied: boolean
}

/** The settings of an application, with everything decided. */
export interface CheckedSettings {
  readonly name: string
  readonly compat: Compat | undefined
  /** Where locks are. */
  readonly store: DocumentStore
  readonly session: CheckedVisitorScope
  readonly client: CheckedVisitorScope
  readonly application: CheckedScope & { readonly timeoutMs: number }
  readonly server: CheckedScope
  readonly sendsCookies: boolean
  readonly rotatesUnknownIds: boolean
  readonly keepEndsMs: number
  readonly startTimeoutMs: number
  readonly commitTimeoutMs: number
  readonly handlers: LifeHandlers<Variables, Variables, Variables>
  readonly reaper: ApplicationSettings['reaper']
  readonly process: string | undefined
  readonly clock: Clock
}

/** @throws InvalidArgumentError that names the setting. */
export function checkedSettings(settings: ApplicationSettings): CheckedSettings {
  checkSettings(settings)
  const { compat, store, clock } = settings
  const caches = new Caches({ store, caches: settings.caches ?? {}, isCaseless: compat !== undefined, clock })
  const isForDomain = settings.setDomainCookies ?? false
  return {
    // To the old systems Shop and SHOP are one application.
    name: compat === undefined ? settings.name : settings.name.toLowerCase(),
    compat,
    store,
    session: {
      store: caches.find('sessionStorage', settings.sessionStorage),
      shape: settings.session,
      isManaged: settings.sessionManagement ?? true,
      isCluster: settings.sessionCluster ?? compat === undefined,
      timeoutMs: timeSpanMs('sessionTimeout', settings.sessionTimeout ?? (compat === 'coldfusion' ? '20m' : '30m')),
      cookie: cookieOf('sessionCookie', settings.sessionCookie ?? {}, { isForDomain, usualName: 'cfid' }),
      isVisitTied: settings.disableSessionVisits ?? false,
    },
    client: {
      store: caches.find('clientStorage', settings.clientStorage),
      shape: settings.client,
      isManaged: settings.clientManagement ?? false,
      isCluster: settings.clientCluster ?? compat === undefined,
      timeoutMs: timeSpanMs('clientTimeout', settings.clientTimeout ?? '90d'),
      cookie: cookieOf('clientCookie', settings.clientCookie ?? {}, { isForDomain, usualName: 'cfclient' }),
      isVisitTied: settings.disableGlobalClientUpdates ?? false,
    },
    application: {
      store: caches.find('applicationStorage', settings.applicationStorage),
      shape: settings.application,
      timeoutMs: timeSpanMs(
        'applicationTimeout',
        settings.applicationTimeout ?? (compat === 'coldfusion' ? '2d' : '1d'),
      ),
    },
    server: { store: caches.find('serverStorage', settings.serverStorage), shape: settings.server },
    sendsCookies: settings.setClientCookies ?? true,
    rotatesUnknownIds: settings.rotateUnknownIds ?? compat === undefined,
    keepEndsMs: timeSpanMs('keepEnds', settings.keepEnds ?? '7d'),
    startTimeoutMs: timeSpanMs('startTimeoutMs', settings.startTimeoutMs ?? 60_000),
    commitTimeoutMs: timeSpanMs('commitTimeoutMs', settings.commitTimeoutMs ?? 10_000),
    handlers: settings,
    reaper: settings.reaper,
    process: settings.process,
    clock: clock ?? systemClock,
  }
}
