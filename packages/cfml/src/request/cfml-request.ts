import type { StateOf } from '@scopes/core'
import type { RequestPhase, RequestScope, ScopeRequest } from '@scopes/http'
import type { ApplicationBuiltIns, ClientBuiltIns, ServerBuiltIns, SessionBuiltIns } from '../scope/built-ins.ts'
import type { CfmlDefinitions } from '../scope/definitions.ts'
import { systemKey } from '../scope/system-values.ts'
import type { Variables } from '../settings/settings.ts'
import { type RequestParts, type ScopeName, ScopeUses } from './scope-uses.ts'

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

  /** @internal Requests are begun by the application. */
  constructor(parts: RequestParts, gate: ScopeRequest<CfmlDefinitions>) {
    this.#parts = parts
    this.#gate = gate
    this.#uses = new ScopeUses(parts, gate)
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
    await (await this.requestScope('session')).rotate({ drop: [systemKey] })
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

  /** Deletes a variable of the client. @returns whether there was one */
  async deleteClientVariable(name: string): Promise<boolean> {
    return (await this.#uses.visitor('client')).deleteVariable(name)
  }

  /**
   * Ends the application when the requests that run now, without this one, have ended; the next request starts it again. What
   * this request has changed of it and not stored is lost.
   */
  async applicationStop(): Promise<void> {
    await this.#uses.leave()
    await this.#parts.run.stop()
  }

  /** The scope as the gate has it: to update it, to watch it, to lock it. Of a visitor's scope it is no visit. */
  requestScope<N extends ScopeName>(name: N): Promise<RequestScope<StateOf<CfmlDefinitions[N]>>> {
    return this.#uses.scope(name)
  }

  /** To be called before the code of the application runs: starts it, if it has handlers to be told of that. */
  async begin(): Promise<void> {
    const { handlers, compat, session } = this.#parts.settings
    if (handlers.onApplicationStart ?? handlers.onApplicationEnd) await this.#uses.enter()
    // There every request is a visit.
    if (compat === 'coldfusion' && session.isManaged) await this.#uses.visitor('session')
  }

  /** To be called when the answer has gone: the application may end now. Idempotent. */
  close(): Promise<void> {
    return this.#uses.leave()
  }

  /** As the gate has it. */
  get phase(): RequestPhase {
    return this.#gate.phase
  }

  /** As the gate has it. */
  get isDirty(): boolean {
    return this.#gate.isDirty
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
    try {
      if (status < 500) this.#uses.noteVisits()
    } catch (error) {
      return Promise.reject(error)
    }
    return this.#gate.beforeHeaders(status)
  }

  /** As the gate has it. */
  beforeRawHead(status: number): void {
    this.#gate.beforeRawHead(status)
  }

  /** As the gate has it. */
  setCookies(): readonly string[] {
    return this.#gate.setCookies()
  }

  async #rotateClient(): Promise<void> {
    if (!this.#parts.settings.client.isManaged) return
    await (await this.requestScope('client')).rotate()
    this.#uses.rotated('client')
  }
}
