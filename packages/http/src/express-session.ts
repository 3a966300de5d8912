import {
  type Life,
  type Scope,
  type ScopeDefinition,
  type Scopes,
  InvalidArgumentError,
  ScopeEndedError,
  defineScope,
  documentKey,
} from '@scopes/core'
import { type Session, type SessionData, Store } from 'express-session'
import { checkDefinition, checkKnown, checkScopes } from './check-parts.ts'
import { httpDiagnostics } from './diagnostics.ts'
import { HeldSession } from './express-session/held-session.ts'
import { type SessionState, sessionOf } from './express-session/session-view.ts'

/** The same for all stores of a process: a kind is defined once. */
const usualSession: ScopeDefinition = defineScope({ kind: 'session', initial: () => ({}), idle: '1d' })

const knownOptions: ReadonlySet<string> = new Set(['definition', 'onLateWrite', 'now'])

/** Options of `ScopesStore`. */
export interface ScopesStoreOptions {
  /**
   * The sessions as a kind of scope: its `merge` says what becomes of two changes of the same place, its `idle` how long a
   * session without `maxAge` lives. Default: kind `session`, `idle: '1d'`, last writer.
   */
  readonly definition?: ScopeDefinition | undefined
  /**
   * What becomes of a save whose session has ended meanwhile, by a logout say. It is never stored. `drop` (default): it is told on
   * a channel alone; `error`: express-session hands the error to `next`, when the answer has long begun.
   */
  readonly onLateWrite?: 'drop' | 'error' | undefined
  /** Milliseconds since 1970. Default: the clock of this machine. */
  readonly now?: (() => number) | undefined
}

/**
 * A store for express-session that loses nothing: requests that save at the same time are merged, and what has ended does not
 * come back. See the README for what it cannot do, because express-session answers before it stores.
 *
 * ```ts
 * app.use(session({ store: new ScopesStore(scopes), secret, resave: false, saveUninitialized: false }))
 * ```
 * `scopes` is open before; closing it is the application's affair.
 */
export class ScopesStore extends Store {
  readonly #scopes: Scopes
  readonly #definition: ScopeDefinition
  readonly #onLateWrite: 'drop' | 'error'
  readonly #now: () => number
  /** By the session objects that were given away. Without one a save replaces what is stored. */
  readonly #held = new WeakMap<object, HeldSession>()

  /** @throws InvalidArgumentError that names the option which is not allowed. */
  constructor(scopes: Scopes, options: ScopesStoreOptions = {}) {
    super()
    checkScopes('ScopesStore', scopes)
    checkKnown('ScopesStore', options, knownOptions)
    const { definition = usualSession, onLateWrite = 'drop', now = Date.now } = options
    if (onLateWrite !== 'drop' && onLateWrite !== 'error') {
      throw new InvalidArgumentError(`onLateWrite is ${String(onLateWrite)}; it must be 'drop' or 'error'.`)
    }
    checkDefinition('definition', definition)
    this.#scopes = scopes
    this.#definition = definition
    this.#onLateWrite = onLateWrite
    this.#now = now
  }

  override get(sid: string, callback: (error?: unknown, session?: SessionData | null) => void): void {
    answer(this.#get(sid), callback)
  }

  override set(sid: string, session: SessionData, callback?: (error?: unknown) => void): void {
    answer(this.#unlessLate(sid, this.#heldFor(sid, session).save(session)), callback)
  }

  override touch(sid: string, session: SessionData, callback?: (error?: unknown) => void): void {
    answer(this.#unlessLate(sid, this.#heldFor(sid, session).touch(session)), callback)
  }

  override destroy(sid: string, callback?: (error?: unknown) => void): void {
    answer(this.#destroy(sid), callback)
  }

  override all(callback: (error?: unknown, sessions?: Record<string, SessionData>) => void): void {
    answer(this.#all(), callback)
  }

  override length(callback: (error?: unknown, length?: number) => void): void {
    answer(
      this.#all().then(sessions => Object.keys(sessions).length),
      callback,
    )
  }

  override clear(callback?: (error?: unknown) => void): void {
    answer(this.#clear(), callback)
  }

  /** @internal Called by express-session for each session that it has got from the store. */
  override createSession(...[request, data]: Parameters<Store['createSession']>): Session & SessionData {
    const session = super.createSession(request, data)
    const held = this.#held.get(data)
    if (held) this.#held.set(session, held)
    return session
  }

  async #get(sid: string): Promise<SessionData | null> {
    if (!this.#isPossible(sid)) return null
    const scope = await this.#open(sid)
    if (!scope.isStored) return null
    const { value, deadline } = scope
    return this.#handOut(sid, value, deadline, () => Promise.resolve(scope))
  }

  async #all(): Promise<Record<string, SessionData>> {
    const now = this.#now()
    const sessions: Record<string, SessionData> = Object.create(null)
    for (const [sid, { value, life, deadline = Infinity }] of await this.#scopes.list(this.#definition)) {
      if (deadline <= now) continue
      sessions[sid] = this.#handOut(sid, value as SessionState, deadline, () => this.#open(sid, life))
    }
    return sessions
  }

  async #destroy(sid: string): Promise<void> {
    if (!this.#isPossible(sid)) return
    const scope = await this.#open(sid)
    try {
      if (scope.isStored) await scope.end('destroyed')
    } catch (error) {
      // Somebody else was faster.
      if (!(error instanceof ScopeEndedError)) throw error
    }
  }

  async #clear(): Promise<void> {
    const sids = [...(await this.#scopes.list(this.#definition)).keys()]
    for (let begin = 0; begin < sids.length; begin += endsAtOnce) {
      await Promise.all(sids.slice(begin, begin + endsAtOnce).map(sid => this.#destroy(sid)))
    }
  }

  #handOut(
    sid: string,
    base: SessionState,
    deadline: number | undefined,
    open: () => Promise<Scope<SessionState>>,
  ): SessionData {
    const session = sessionOf(base, deadline, this.#now())
    this.#held.set(session, new HeldSession({ sid, open, base, now: this.#now }))
    // What the application has put in is what it gets.
    return session as unknown as SessionData
  }

  #heldFor(sid: string, session: object): HeldSession {
    const known = this.#held.get(session)
    if (known?.sid === sid) return known
    const held = new HeldSession({ sid, open: () => this.#open(sid), base: undefined, now: this.#now })
    this.#held.set(session, held)
    return held
  }

  /** @param life the one that is meant; another one under the same id is none of the caller's */
  async #open(sid: string, life?: Life): Promise<Scope<SessionState>> {
    const scope = (await this.#scopes.open(this.#definition, sid)) as Scope<SessionState>
    if (life === undefined || scope.life === life) return scope
    throw new ScopeEndedError(
      `The session ${sid} has ended; what was saved for it is not stored. A new one begins with the next request.`,
      { reason: scope.ended?.reason },
    )
  }

  /** A text that cannot be an id cannot have been stored. */
  #isPossible(sid: string): boolean {
    try {
      documentKey({ application: this.#scopes.application, kind: this.#definition.kind, id: sid })
      return true
    } catch (error) {
      if (error instanceof InvalidArgumentError) return false
      throw error
    }
  }

  async #unlessLate(sid: string, saved: Promise<void>): Promise<void> {
    try {
      await saved
    } catch (error) {
      if (!(error instanceof ScopeEndedError)) throw error
      const key = { application: this.#scopes.application, kind: this.#definition.kind, id: sid }
      httpDiagnostics.lateWrite.publish({ key, error })
      if (this.#onLateWrite === 'error') throw error
    }
  }
}

/** How many sessions `clear` ends at the same time. */
const endsAtOnce = 16

/** Calls back in a later turn, so that what a callback throws is not taken for a failure of the store. */
function answer<T>(result: Promise<T>, callback: ((error?: unknown, result?: T) => void) | undefined): void {
  result.then(
    value => callback && process.nextTick(callback, null, value),
    (error: unknown) => callback && process.nextTick(callback, error),
  )
}
