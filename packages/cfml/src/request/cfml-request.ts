import { InvalidArgumentError, type Lock, type StateOf } from '@scopes/core'
import type { RequestPhase, RequestScope, ScopeRequest } from '@scopes/http'
import { type CsrfOptions, csrfGenerateToken, csrfVerifyToken } from '../csrf/csrf-tokens.ts'
import { type LockPlace, type LockResult, lock } from '../lock/lock.ts'
import { type LockOptions, longestMs } from '../lock/lock-options.ts'
import type { ApplicationBuiltIns, ClientBuiltIns, ServerBuiltIns, SessionBuiltIns } from '../scope/built-ins.ts'
import type { CfmlDefinitions } from '../scope/definitions.ts'
import { systemKey } from '../scope/system-values.ts'
import type { Variables } from '../settings/settings.ts'
import { lockPlace } from './lock-place.ts'
import { type Brought, type RequestParts, type ScopeName, ScopeUses } from './scope-uses.ts'

/**
 * One request of an application: its scopes and the functions that go with them. What no code asks for is not loaded, not
 * stored and costs nothing.
 */
export class CfmlRequest<
  S extends object = Variables,
  C extends object = Variables,
  A extends object = Variables,
  V extends object = Variables,
> implements ScopeRequest<CfmlDefinitions> {
  readonly #parts: RequestParts
  readonly #gate: ScopeRequest<CfmlDefinitions>
  readonly #uses: ScopeUses
  readonly #signal: AbortSignal | undefined
  readonly #beganAt: number
  /** Made with the first lock. */
  #lockPlace: LockPlace | undefined
  /** What the head waits for, or has waited for. */
  #settling: Promise<void> | undefined
  /** Ends the waiting for code whose client has gone. */
  #abandoned: AbortController | undefined

  /** @internal Requests are begun by the application. */
  constructor(parts: RequestParts, gate: ScopeRequest<CfmlDefinitions>, brought: Brought) {
    this.#parts = parts
    this.#gate = gate
    this.#uses = new ScopeUses(parts, gate, brought)
    this.#signal = brought.meta.signal
    this.#beganAt = parts.settings.clock.monotonic()
  }

  /**
   * The session of this visitor: variables and built-ins, to be read and assigned to. What is changed is stored before the
   * answer leaves. Rejects when it cannot be read, and with what `onSessionStart` throws.
   */
  async session(): Promise<S & SessionBuiltIns> {
    return (await this.#uses.visitor('session')).struct as S & SessionBuiltIns
  }

  /** The client: what outlives the sessions of this visitor. As `session`. */
  async client(): Promise<C & ClientBuiltIns> {
    return (await this.#uses.visitor('client')).struct as C & ClientBuiltIns
  }

  /**
   * The application scope, which all visitors share. Where nobody has started the application it is started first. Rejects with
   * what the start rejects with.
   */
  application(): Promise<A & ApplicationBuiltIns> {
    return this.#uses.application() as Promise<A & ApplicationBuiltIns>
  }

  /** The server scope, which all applications share that have the same `serverStorage`. */
  server(): Promise<V & ServerBuiltIns> {
    return this.#uses.server() as Promise<V & ServerBuiltIns>
  }

  /** Whether this visitor has a session. Begins none. */
  async sessionExists(): Promise<boolean> {
    const { isStored, ended } = (await this.requestScope('session')).scope
    return isStored && ended === undefined
  }

  /** Afterwards what was changed of the session is stored, and other requests see it. What is changed later is stored at the end. */
  async sessionCommit(): Promise<void> {
    await (await this.requestScope('session')).commit()
  }

  /** The visit counts, and keeps the session alive, even where nothing of it is changed. */
  async sessionTouch(): Promise<void> {
    ;(await this.#uses.visitor('session')).touch()
  }

  /** When the session was begun, or rotated. */
  async sessionStartTime(): Promise<Date> {
    return (await this.#uses.visitor('session')).created
  }

  /**
   * Afterwards the session has a new id, and so has the client; the old ones are dead on every node. Variables stay, built-ins
   * are those of a new session. Call it at each login.
   */
  async sessionRotate(): Promise<void> {
    const handle = await this.requestScope('session')
    // Its id may have come from somebody who waits for this very login: it is left by a rotation like any other.
    if (handle.isNew && !this.#parts.settings.rotatesUnknownIds) await this.#uses.storeSession(handle)
    await handle.rotate({ drop: [systemKey] })
    this.#uses.rotated('session')
    await this.#rotateClient()
  }

  /**
   * Afterwards the session has ended, and `onSessionEnd` was told; the client has its variables under a new id. The next
   * `session()` gives another one, of which nothing is stored until it is changed.
   */
  async sessionInvalidate(): Promise<void> {
    await (await this.requestScope('session')).end('invalidated')
    this.#uses.ended('session')
    await this.#rotateClient()
  }

  /** The names of the client's variables, without built-ins, with commas between. */
  async getClientVariablesList(): Promise<string> {
    return (await this.#uses.visitor('client')).variables.join(',')
  }

  /** Deletes a variable of the client. @returns whether there was one. @throws InvalidArgumentError when the name is no text */
  async deleteClientVariable(name: string): Promise<boolean> {
    if (typeof name !== 'string') throw new InvalidArgumentError('deleteClientVariable takes the name of a variable.')
    return (await this.#uses.visitor('client')).deleteVariable(name)
  }

  /**
   * Ends the application when the requests that run now, without this one, have ended; the next request starts it again, and so
   * does `application()` in this one. What this request has changed of it is stored before.
   */
  applicationStop(): Promise<void> {
    return this.#uses.stopApplication()
  }

  /**
   * Runs the body while the lock is held, over all processes: README, locks. Without a `timeout` it waits for as long as this request
   * may last.
   *
   * ```ts
   * const { succeeded } = await request.lock({ scope: 'application', timeout: 5, throwOnTimeout: false }, async () => { … })
   * ```
   */
  lock<T>(options: LockOptions, body: (lock: Lock | undefined) => T | Promise<T>): Promise<LockResult<T>> {
    this.#lockPlace ??= lockPlace(this.#parts, {
      keyOf: async scope => (await this.requestScope(scope)).scope.key,
      beganAt: this.#beganAt,
      signal: this.#signal,
    })
    return lock(this.#lockPlace, options, body)
  }

  /** The token of this session for a form: README, tokens of forms. */
  async csrfGenerateToken(options?: CsrfOptions): Promise<string> {
    await this.#uses.visitor('session')
    const handle = await this.requestScope('session')
    return csrfGenerateToken({ value: handle.scope.value, update: recipe => handle.update(recipe) }, options)
  }

  /** Whether it is the token of this session. Begins none. */
  async csrfVerifyToken(token: string, options?: Pick<CsrfOptions, 'key'>): Promise<boolean> {
    const { scope } = await this.requestScope('session')
    return csrfVerifyToken(scope, token, options)
  }

  /**
   * The scope as the gate has it: to update it, to watch it, to lock it. Of a visitor's scope it is no visit; an application is
   * started where nobody has.
   */
  async requestScope<N extends ScopeName>(name: N): Promise<RequestScope<StateOf<CfmlDefinitions[N]>>> {
    if (name === 'application') await this.#uses.enter()
    return this.#uses.scope(name)
  }

  /** To be called before the code of the application runs: starts it, if it has handlers to be told of that. */
  async begin(): Promise<void> {
    const { handlers, compat, session } = this.#parts.settings
    if (handlers.onApplicationStart ?? handlers.onApplicationEnd) await this.#uses.enter()
    // There every request is a visit.
    if (compat === 'coldfusion' && session.isManaged) await this.#uses.visitor('session')
  }

  /** To be called when the answer has gone: the application may end when what it has changed is stored. Idempotent. */
  async close(): Promise<void> {
    this.#abandoned?.abort()
    await Promise.allSettled([this.#settling])
    await this.#uses.close()
  }

  /**
   * To be called when the client has gone before its answer had: the code that answers may run on. The request counts until
   * `close`, or until its time is over (`requestTimeout`): such code may never answer.
   */
  abandon(): void {
    if (this.#abandoned !== undefined) return
    const { clock, requestTimeoutMs } = this.#parts.settings
    const leftMs = Math.min(Math.max(0, this.#beganAt + requestTimeoutMs - clock.monotonic()), longestMs)
    this.#abandoned = new AbortController()
    void clock.sleep(leftMs, this.#abandoned.signal, { isBackground: true }).then(() => this.close())
  }

  /** As the gate has it. */
  get phase(): RequestPhase {
    return this.#gate.phase
  }

  /** As the gate has it. */
  get isDirty(): boolean {
    return this.#gate.isDirty || this.#uses.cookie?.isDirty === true
  }

  /** As the gate has it. */
  open<K extends keyof CfmlDefinitions>(name: K): Promise<RequestScope<StateOf<CfmlDefinitions[K]>>> {
    return this.#gate.open(name)
  }

  /** As the gate has it. */
  opened<K extends keyof CfmlDefinitions>(name: K): RequestScope<StateOf<CfmlDefinitions[K]>> {
    return this.#gate.opened(name)
  }

  /** As the gate has it; before, the visits are noted of an answer that stores what was changed. */
  beforeHeaders(status: number): Promise<void> | undefined {
    const settling = this.#settle(status)
    this.#settling = settling ?? this.#settling
    return settling
  }

  /** As the gate has it. A client in a cookie need not wait, and goes out with this head too. */
  beforeRawHead(status: number): void {
    try {
      if (this.#gate.phase === 'open' && status < 500) this.#uses.sealCookie()
      this.#gate.beforeRawHead(status)
    } catch (error) {
      this.#uses.cookie?.drop()
      throw error
    }
  }

  /** As the gate has it. */
  setCookies(): readonly string[] {
    const { cookie } = this.#uses
    return cookie === undefined ? this.#gate.setCookies() : [...this.#gate.setCookies(), ...cookie.setCookies()]
  }

  #settle(status: number): Promise<void> | undefined {
    const gate = this.#gate
    if (gate.phase !== 'open') return gate.beforeHeaders(status)
    if (status >= 500) {
      this.#uses.cookie?.drop()
      return gate.beforeHeaders(status)
    }
    try {
      this.#uses.noteVisits()
      this.#uses.sealCookie()
    } catch (error) {
      return this.#giveUp(error)
    }
    const stored = gate.beforeHeaders(status)
    stored?.catch(() => this.#uses.cookie?.drop())
    return stored
  }

  /** Nothing of this request is stored: the answer is an error, whatever its status. */
  async #giveUp(error: unknown): Promise<never> {
    this.#uses.cookie?.drop()
    await this.#gate.beforeHeaders(500)
    throw error
  }

  async #rotateClient(): Promise<void> {
    const { client } = this.#parts.settings
    if (!client.isManaged) return
    if (client.isInCookie) {
      await this.#uses.visitor('client')
      this.#uses.cookie?.rotate()
      return this.#uses.rotated('client')
    }
    await (await this.requestScope('client')).rotate()
    this.#uses.rotated('client')
  }
}
