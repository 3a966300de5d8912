import type { Clock, DocumentStore, IndexTypes, ReaperOptions, ScopeOptions } from '@scopes/core'
import type { NamedCookieOptions } from '@scopes/http'
import type { LifeHandlers } from './life-handlers.ts'

/** Which of the old systems the odd behaviours are those of; README: compat. */
export type Compat = 'lucee' | 'coldfusion'

/** What a scope holds: as `defineScope` takes it; kind and lifetime are the package's. */
export type ScopeShape<S extends object, I extends IndexTypes = IndexTypes> = Pick<
  ScopeOptions<S, I>,
  'initial' | 'merge' | 'schema' | 'indexes' | 'limits' | 'version' | 'upcast' | 'downcast'
>

/** A length of time: that of `createTimeSpan`, milliseconds, or a text such as '30m'. */
export type TimeSpan = number | string

/**
 * The cookie that names a visitor's scope. Its name is by default `cfid` for the session and `cfclient` for the client; two
 * applications on one host need two names or two paths. It is for the host that answers and no other, unless `domain` is given.
 */
export interface ScopeCookieSettings extends Omit<NamedCookieOptions, 'maxAge'> {
  /** How long the browser keeps it. Default: the session's until it is closed, the client's as long as the client lives. */
  readonly timeout?: TimeSpan | undefined
}

/** The settings of an application, by their familiar names. */
export interface ApplicationSettings<
  S extends object = Variables,
  C extends object = Variables,
  A extends object = Variables,
  V extends object = Variables,
> extends LifeHandlers<S, A, V> {
  /** `[A-Za-z0-9._-]`, at most 64 characters. Processes with the same name and stores are one application. */
  readonly name: string
  /** Where every scope is that names no cache. Closing the application closes it. */
  readonly store: DocumentStore
  /** Other stores by name, for `sessionStorage` and the like. Closing the application closes those that it uses. */
  readonly caches?: Readonly<Record<string, DocumentStore>>
  /** Brings the odd behaviours back. Default: none of them. */
  readonly compat?: Compat

  /** Default true. */
  readonly sessionManagement?: boolean
  /** The name of a cache, or `memory`. Default: `store`. */
  readonly sessionStorage?: string
  /** `true`: each request reads the store. `false`: memory answers where it has a copy. Default true, under compat false. */
  readonly sessionCluster?: boolean
  /** Default 30 minutes; `compat: 'coldfusion'`: 20. */
  readonly sessionTimeout?: TimeSpan
  /** What a session begins with, and how changes of it meet. Default: nothing. */
  readonly session?: ScopeShape<S>
  readonly sessionCookie?: ScopeCookieSettings
  /** `lastvisit` of a session moves only when the session changes: a request that only reads writes nothing. Default false. */
  readonly disableSessionVisits?: boolean

  /** Default false. */
  readonly clientManagement?: boolean
  /**
   * The name of a cache, `memory`, or `cookie`: the client is kept in the visitor's cookie, sealed by `clientCookie.keys`, and has
   * room for some 3 KB. Default: `store`.
   */
  readonly clientStorage?: string
  /** As `sessionCluster`. */
  readonly clientCluster?: boolean
  /** Default 90 days. */
  readonly clientTimeout?: TimeSpan
  readonly client?: ScopeShape<C>
  readonly clientCookie?: ScopeCookieSettings
  /** `hitcount` and `lastvisit` of a client move only when a variable of it changes. Default false. */
  readonly disableGlobalClientUpdates?: boolean

  /** Default 1 day; `compat: 'coldfusion'`: 2. */
  readonly applicationTimeout?: TimeSpan
  /** The name of a cache, or `memory`. Default: `store`. */
  readonly applicationStorage?: string
  readonly application?: ScopeShape<A>
  /** The name of a cache, or `memory`. Default: `store`. */
  readonly serverStorage?: string
  readonly server?: ScopeShape<V>

  /** Default true. False: no cookie is sent; the application brings the visitor's id. */
  readonly setClientCookies?: boolean
  /** The cookies are for whole domains: `sessionCookie.domain` and `clientCookie.domain` of the scopes there are must be given. Default false. */
  readonly setDomainCookies?: boolean
  /**
   * An id of a living session that comes as `cfid` in a URL goes before the cookie, and is not made one. Whoever is given such a URL
   * has the session. Default false.
   */
  readonly allowUrlIds?: boolean
  /** An id that no living scope has is replaced by a new one, so that nobody can be given an id. Default true, under compat false. */
  readonly rotateUnknownIds?: boolean

  /**
   * How long a request should last: who waits for a lock without a time-out waits for what is left of it. Nothing is interrupted.
   * Default 5 minutes.
   */
  readonly requestTimeout?: TimeSpan
  /** How long an end waits for `onSessionEnd` and `onApplicationEnd` when no process runs. Default 7 days. */
  readonly keepEnds?: TimeSpan
  /** How long a request waits for an application that is being started elsewhere, in milliseconds. Default 60,000. */
  readonly startTimeoutMs?: number
  /** How long a commit is tried before it is given up, in milliseconds. Default 10,000. */
  readonly commitTimeoutMs?: number
  /** As `openScopes` takes it. */
  readonly reaper?: boolean | ReaperOptions
  /** Names this process in the commits that it makes; default: random. */
  readonly process?: string
  /** Time; tests pass their own. */
  readonly clock?: Clock
}

/** Variables whose names and types nobody has declared. */
export type Variables = Record<string, unknown>
