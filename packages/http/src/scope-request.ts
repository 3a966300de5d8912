import type { StateOf } from '@scopes/core'
import type { RequestPhase } from './answer-state.ts'
import type { Definitions } from './options.ts'
import type { RequestScope } from './request-scope.ts'

/** What the gate asks an adapter about a request, and only when it needs to know. */
export interface RequestMeta {
  /** Whether the visitor's connection is https, as the framework sees it. Asked when a cookie is written. */
  isSecure(): boolean
  /** Whether this request may move deadlines. Asked when a renewal is due; absent: yes. */
  mayRenew?(): boolean
  /**
   * Called once, before the first change or renewal of this request. Afterwards the head asks `beforeHeaders` and
   * `setCookies`; false: it has left already. So an adapter may leave answers alone that no scope has a part in. Absent: the
   * adapter asks in every request.
   */
  watchAnswer?(): boolean
  /**
   * Ids of the scope of this name that the request brings elsewhere than in its cookies, such as in its URL. One that names a living
   * scope goes before the cookie, and is not made one; others count as none. Asked when the scope is loaded.
   */
  ids?(name: string): readonly string[]
  /** Names the request in the origin of its commits. */
  readonly requestId?: string | undefined
  /** Cancels loads. Leave it out where a handler should go on after its client has gone. */
  readonly signal?: AbortSignal | undefined
}

/** The scopes of one request. */
export interface ScopeRequest<D extends Definitions> {
  /** The scope of this visitor: one load per scope and request, none without a cookie. Rejects when the load fails. */
  open<K extends keyof D & string>(name: K): Promise<RequestScope<StateOf<D[K]>>>

  /** The scope if it is open already. @throws NotLoadedError */
  opened<K extends keyof D & string>(name: K): RequestScope<StateOf<D[K]>>

  /** Stays `open` as long as `watchAnswer` was not called. */
  readonly phase: RequestPhase

  /** A draft has changes that are not stored. */
  readonly isDirty: boolean

  /**
   * Afterwards the drafts are stored, or given up if the status says so, and the head may leave. Undefined: it may at once.
   * Rejects with the original error when a commit failed; then the drafts are given up and the next call returns at once,
   * so that an error page can be sent. Idempotent: a call in between settles with the first.
   */
  beforeHeaders(status: number): Promise<void> | undefined

  /**
   * In place of `beforeHeaders` for a head that cannot wait, because it is written past the framework.
   * @throws ScopesError `uncommitted` when there is something to wait for. The answer may then be another one.
   */
  beforeRawHead(status: number): void

  /**
   * The Set-Cookie lines that are true now, at most one per scope, and one for its stamp where memory answers for it. To be asked once, in the instant in which the head is
   * written: from here on, an id that the visitor does not know cannot get a first write.
   */
  setCookies(): readonly string[]
}
