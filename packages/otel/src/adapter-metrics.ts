import type { ScopeKey } from '@scopes/core'
import { errorType } from './failure.ts'
import type { Instruments } from './instruments.ts'
import type { Listening } from './listening.ts'
import { scopeAttributes } from './operation-facts.ts'

/**
 * Every channel of the packages beside core that is listened to, with what is read of its messages. This package imports none of
 * them; a test holds the names and the messages against theirs.
 */
export interface AdapterMessages {
  readonly 'scopes:sqlite:commit': { readonly mutations: number; readonly isFlushed: boolean }
  readonly 'scopes:sqlite:busy': { readonly waiting: number }
  readonly 'scopes:sqlite:checkpoint': { readonly walBytes: number | undefined; readonly isComplete: boolean }
  readonly 'scopes:sqlite:expired': { readonly documents: number }
  readonly 'scopes:sqlite:branch': { readonly reason: string }
  readonly 'scopes:sqlite:background-failed': { readonly what: string; readonly error: unknown }
  readonly 'scopes:couchbase:feed': { readonly type: string }
  readonly 'scopes:http-insecure-cookie': { readonly cookie: string }
  readonly 'scopes:http-late-change': { readonly key: ScopeKey }
  readonly 'scopes:http-late-write': { readonly key: ScopeKey }
  readonly 'scopes:http-renewal-failed': { readonly key: ScopeKey; readonly error: unknown }
  readonly 'scopes:cfml-background-failed': {
    readonly application: string
    readonly what: string
    readonly error: unknown
  }
  readonly 'scopes:cfml-cookie-refused': { readonly cookie: string; readonly reason: string }
}

type Listener<Name extends keyof AdapterMessages> = (message: AdapterMessages[Name]) => void

/** Metrics of what stores, `@scopes/http` and `@scopes/cfml` tell. */
export class AdapterMetrics {
  readonly #instruments: Instruments

  constructor(instruments: Instruments) {
    this.#instruments = instruments
  }

  listen(listening: Listening): void {
    const on = <Name extends keyof AdapterMessages>(name: Name, listener: Listener<Name>): void =>
      listening.on(name, listener)
    this.#listenToStores(on)
    this.#listenToRequests(on)
  }

  #listenToStores(on: <Name extends keyof AdapterMessages>(name: Name, listener: Listener<Name>) => void): void {
    const instruments = this.#instruments
    on('scopes:sqlite:commit', ({ mutations, isFlushed }) => {
      const attributes = { 'scopes.sqlite.flushed': isFlushed }
      instruments.record('scopes.sqlite.transaction', 1, attributes)
      instruments.record('scopes.sqlite.mutation', mutations, attributes)
    })
    on('scopes:sqlite:busy', () => instruments.record('scopes.sqlite.busy', 1))
    on('scopes:sqlite:checkpoint', ({ walBytes, isComplete }) => {
      if (walBytes === undefined) return
      instruments.record('scopes.sqlite.wal.size', walBytes, { 'scopes.sqlite.emptied': isComplete })
    })
    on('scopes:sqlite:expired', ({ documents }) => instruments.record('scopes.sqlite.expired', documents))
    on('scopes:sqlite:branch', ({ reason }) =>
      instruments.record('scopes.sqlite.branch', 1, { 'scopes.sqlite.reason': reason }),
    )
    on('scopes:sqlite:background-failed', ({ what, error }) => this.#failed('sqlite', what, error))
    on('scopes:couchbase:feed', ({ type }) =>
      instruments.record('scopes.feed.trouble', 1, { 'scopes.feed.trouble.type': type }),
    )
  }

  #listenToRequests(on: <Name extends keyof AdapterMessages>(name: Name, listener: Listener<Name>) => void): void {
    const instruments = this.#instruments
    on('scopes:http-insecure-cookie', ({ cookie }) =>
      instruments.record('scopes.http.insecure_cookie', 1, { 'scopes.cookie': cookie }),
    )
    on('scopes:http-late-change', ({ key }) =>
      instruments.record('scopes.http.late', 1, { ...scopeAttributes(key), 'scopes.http.after': 'head' }),
    )
    on('scopes:http-late-write', ({ key }) =>
      instruments.record('scopes.http.late', 1, { ...scopeAttributes(key), 'scopes.http.after': 'end' }),
    )
    on('scopes:http-renewal-failed', ({ key, error }) => this.#failed('http', 'renewal', error, key))
    on('scopes:cfml-background-failed', ({ what, error }) => this.#failed('cfml', what, error))
    on('scopes:cfml-cookie-refused', ({ cookie, reason }) =>
      instruments.record('scopes.cfml.cookie.refused', 1, { 'scopes.cookie': cookie, 'scopes.cfml.reason': reason }),
    )
  }

  #failed(part: 'sqlite' | 'http' | 'cfml', what: string, error: unknown, key?: ScopeKey): void {
    this.#instruments.record('scopes.background.failure', 1, {
      ...scopeAttributes(key),
      'scopes.part': part,
      'scopes.background.work': what,
      'error.type': errorType(error),
    })
  }
}
