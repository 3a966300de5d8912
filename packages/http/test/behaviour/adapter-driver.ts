import type { OutgoingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import type { Scopes } from '@scopes/core'
import type { GateOptions, RequestScope } from '../../src/index.ts'
import type { ClientState, SessionState, ShopDefinitions } from './shop-scopes.ts'

/** The scopes of a request that were loaded before the handler. */
interface LoadedScopes {
  readonly session: RequestScope<SessionState>
  readonly client: RequestScope<ClientState>
}

/** One request as a handler of the tests sees it, in every framework alike. */
export interface Exchange {
  readonly query: URLSearchParams
  readonly session: () => Promise<RequestScope<SessionState>>
  readonly client: () => Promise<RequestScope<ClientState>>
  /** What `web.of` gives. */
  readonly loaded: () => LoadedScopes
  /** Resolves when the client's connection is gone. */
  readonly clientGone: () => Promise<void>
  /** Sends 103 at once. Only where the driver says so. */
  readonly earlyHints: (link: string) => void
}

/** What a handler answers; the driver says it in the words of its framework. */
export type Answer =
  | { readonly type: 'json'; readonly body: unknown; readonly status?: number; readonly headers?: OutgoingHttpHeaders }
  | { readonly type: 'redirect'; readonly location: string }
  | { readonly type: 'empty'; readonly status: number; readonly headers?: OutgoingHttpHeaders }
  | { readonly type: 'stream'; readonly source: Readable; readonly headers?: OutgoingHttpHeaders }
  | { readonly type: 'file'; readonly path: string }
  /** Written past the framework, on Node's own response. Only where the driver says so. */
  | { readonly type: 'raw'; readonly headers: OutgoingHttpHeaders; readonly body: string }

/** A route of a test application. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'HEAD'
  readonly path: string
  /** Loaded by `web.with` before the handler. */
  readonly load?: readonly (keyof ShopDefinitions)[]
  readonly handle: (exchange: Exchange) => Promise<Answer> | Answer
}

/** What stands around the scopes in a test application. */
export interface Setting {
  readonly name: string
  /** Where a compressor stands that compresses whatever can be: before the middleware of the scopes, or after it. */
  readonly compression: 'none' | 'outside' | 'inside'
  /** The application is behind a proxy that ends TLS, and trusts it. */
  readonly isBehindTls: boolean
  /** Who answers errors: a handler of the application, by their status and with `{ code }`, or the framework itself. */
  readonly errorPage: 'application' | 'framework'
}

/** How an application of a framework is built and run. */
export interface AdapterDriver {
  readonly name: string
  /** What a raw head with a dirty draft does: the answer waits, the caller is thrown `uncommitted`, or there is no raw head. */
  readonly rawHead: 'held' | 'uncommitted' | 'none'
  readonly hasEarlyHints: boolean
  /** The status of the framework's own page for an error with this status. */
  readonly frameworkStatus: (status: number) => number
  start(parts: AppParts): Promise<StartedApp>
}

/** What an application is made of. */
export interface AppParts {
  readonly scopes: Scopes
  readonly routes: readonly Route[]
  readonly options: GateOptions<ShopDefinitions>
  readonly setting: Setting
  /** To be told of every error that reaches the error handler. */
  readonly onError: (error: unknown) => void
}

/** An application that listens on loopback. */
export interface StartedApp {
  readonly port: number
  close(): Promise<void>
}

/** A test application as its visitors meet it. */
export interface RunningApp {
  readonly atPort: number
  readonly isTls: boolean
  /** Every error that reached the error handler. */
  readonly errors: readonly unknown[]
  /** Resolves when the error handler has been called so often. */
  errorCount(count: number): Promise<void>
  /** The status with which errors of this status are answered. */
  errorStatus(status: number): number
  /** The body of the error page; undefined where the framework writes its own. */
  errorBody(code: string): unknown
}

/** What a handler throws to be answered by the error handler. */
export class RefusedError extends Error {
  readonly status: number
  readonly statusCode: number
  readonly code: string = 'refused'

  constructor(status: number) {
    super(`Refused with ${status}`)
    this.status = status
    this.statusCode = status
  }
}
