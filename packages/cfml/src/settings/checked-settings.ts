import type { Clock, DocumentStore } from '@scopes/core'
import { InvalidArgumentError, systemClock } from '@scopes/core'
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
  /** It is in the visitor's cookie, and `store` has nothing of it. */
  readonly isInCookie: boolean
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
  readonly acceptsUrlIds: boolean
  /** Milliseconds. */
  readonly requestTimeoutMs: number
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
  const { sessionManagement = true, clientManagement = false, setDomainCookies = false } = settings
  const isInCookie = isCookieStorage(settings)
  return {
    // To the old systems Shop and SHOP are one application.
    name: compat === undefined ? settings.name : settings.name.toLowerCase(),
    compat,
    store,
    session: {
      store: caches.find('sessionStorage', settings.sessionStorage),
      shape: settings.session,
      isManaged: sessionManagement,
      isCluster: settings.sessionCluster ?? compat === undefined,
      timeoutMs: timeSpanMs('sessionTimeout', settings.sessionTimeout ?? (compat === 'coldfusion' ? '20m' : '30m')),
      cookie: cookieOf('sessionCookie', settings.sessionCookie ?? {}, {
        isForDomain: setDomainCookies && sessionManagement,
        usualName: 'cfid',
      }),
      isVisitTied: settings.disableSessionVisits ?? false,
      isInCookie: false,
    },
    client: {
      store: isInCookie ? store : caches.find('clientStorage', settings.clientStorage),
      shape: settings.client,
      isManaged: clientManagement,
      isCluster: settings.clientCluster ?? compat === undefined,
      timeoutMs: timeSpanMs('clientTimeout', settings.clientTimeout ?? '90d'),
      cookie: cookieOf('clientCookie', settings.clientCookie ?? {}, {
        isForDomain: setDomainCookies && clientManagement,
        usualName: 'cfclient',
      }),
      isVisitTied: settings.disableGlobalClientUpdates ?? false,
      isInCookie,
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
    acceptsUrlIds: acceptsUrlIds(settings),
    requestTimeoutMs: timeSpanMs('requestTimeout', settings.requestTimeout ?? '5m'),
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

/** @throws InvalidArgumentError when a cookie is to keep the client and nothing can seal it. */
function isCookieStorage(settings: ApplicationSettings): boolean {
  const { client = {}, clientStorage, clientCookie, compat, setClientCookies = true } = settings
  const name = compat === undefined ? clientStorage : clientStorage?.toLowerCase()
  if (name !== 'cookie') return false
  const vain = Object.entries(client).find(([option, value]) => option !== 'initial' && value !== undefined)
  if (vain)
    throw new InvalidArgumentError(`clientStorage is "cookie": client.${vain[0]} is only for clients in a store.`)
  if (!setClientCookies)
    throw new InvalidArgumentError(
      'clientStorage is "cookie", and setClientCookies is false: a client in a cookie needs its cookie.',
    )
  if (clientCookie?.keys !== undefined) return true
  throw new InvalidArgumentError('clientStorage is "cookie": clientCookie.keys must say by which secrets it is sealed.')
}

/** @throws InvalidArgumentError when URLs would bring past the signature what cookies must have signed. */
function acceptsUrlIds({ allowUrlIds = false, sessionCookie }: ApplicationSettings): boolean {
  if (!allowUrlIds || sessionCookie?.keys === undefined) return allowUrlIds
  throw new InvalidArgumentError(
    'allowUrlIds and sessionCookie.keys: an id in a URL is not signed. Leave one of the two out.',
  )
}
