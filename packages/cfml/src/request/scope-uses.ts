import { InvalidArgumentError, type Scopes, type StateOf } from '@scopes/core'
import type { RequestMeta, RequestScope, ScopeRequest } from '@scopes/http'
import { CookieClient } from '../cookie/cookie-client.ts'
import type { CookieStorage } from '../cookie/cookie-storage.ts'
import type { ApplicationRun } from '../life/application-run.ts'
import type { UseLease } from '../life/use-lease.ts'
import type { CfmlDefinitions } from '../scope/definitions.ts'
import type { StructSource } from '../scope/scope-struct.ts'
import { applicationStruct, serverStruct } from '../scope/shared-structs.ts'
import { type VisitorState, systemKey } from '../scope/system-values.ts'
import type { CheckedSettings } from '../settings/checked-settings.ts'
import { beginSession } from './begin-session.ts'
import { type VisitorHandle, cookieHandle } from './visitor-handle.ts'
import { VisitorUse } from './visitor-use.ts'

/** The name of a scope that each visitor has for himself. */
export type VisitorScopeName = 'session' | 'client'

/** The name of one of the four scopes. */
export type ScopeName = VisitorScopeName | 'application' | 'server'

/** What all requests of an application have in common. */
export interface RequestParts {
  readonly settings: CheckedSettings
  readonly definitions: CfmlDefinitions
  /** The scopes of the application by name, each where it is stored. */
  readonly scopes: Readonly<Record<ScopeName, Scopes>>
  readonly run: ApplicationRun
  /** What keeps clients in their cookies; undefined: a store does. */
  readonly clientCookies: CookieStorage<VisitorState> | undefined
}

/** What a request brought. */
export interface Brought {
  readonly cookieHeader: string | undefined
  readonly meta: RequestMeta
}

/** The scopes that one request has asked for. */
export class ScopeUses {
  readonly #parts: RequestParts
  readonly #gate: ScopeRequest<CfmlDefinitions>
  readonly #brought: Brought
  readonly #uses = new Map<VisitorScopeName, Promise<VisitorUse>>()
  /** Those of them that are there, to be noted without waiting. */
  readonly #opened = new Map<VisitorScopeName, VisitorUse>()
  readonly #shared = new Map<'application' | 'server', Promise<object>>()
  #entered: Promise<UseLease> | undefined
  #isClosed = false
  #isNoted = false
  #cookie: CookieClient<VisitorState> | undefined

  constructor(parts: RequestParts, gate: ScopeRequest<CfmlDefinitions>, brought: Brought) {
    this.#parts = parts
    this.#gate = gate
    this.#brought = brought
  }

  /** The scope as the gate has it. Rejects when the settings say that there is none. */
  scope<N extends ScopeName>(name: N): Promise<RequestScope<StateOf<CfmlDefinitions[N]>>> {
    const { session, client } = this.#parts.settings
    const isMissing = (name === 'session' && !session.isManaged) || (name === 'client' && !client.isManaged)
    if (isMissing) {
      const error = new InvalidArgumentError(`The application has no ${name} scope: set ${name}Management.`)
      return Promise.reject(error)
    }
    if (name === 'client' && client.isInCookie) {
      const error = new InvalidArgumentError(
        'The client is kept in the cookie of its visitor, and is no scope of a store: set clientStorage to a store for that.',
      )
      return Promise.reject(error)
    }
    return this.#gate.open(name)
  }

  /** The client that is kept in the cookie, where it is and somebody has asked for it. */
  get cookie(): CookieClient<VisitorState> | undefined {
    return this.#cookie
  }

  /** The session or client with its visit, begun if need be. */
  visitor(name: VisitorScopeName): Promise<VisitorUse> {
    const { clientCookies, settings } = this.#parts
    return memoised(this.#uses, name, async () => {
      const isInCookie = name === 'client' && settings.client.isManaged && clientCookies !== undefined
      return isInCookie ? this.#openCookie(clientCookies) : this.#openVisitor(name)
    })
  }

  application(): Promise<object> {
    return memoised(this.#shared, 'application', async () => {
      await this.enter()
      const handle = await this.scope('application')
      return applicationStruct(this.#parts.settings, new SharedSource(handle, this.#gate))
    })
  }

  server(): Promise<object> {
    return memoised(this.#shared, 'server', async () => {
      return serverStruct(this.#parts.settings, new SharedSource(await this.scope('server'), this.#gate))
    })
  }

  /** Afterwards the session is stored, be it empty. */
  async storeSession(handle: RequestScope<VisitorState>): Promise<void> {
    await handle.commit()
    const created = new Date(this.#parts.settings.clock.now())
    if (!handle.scope.isStored) await handle.update(draft => void (draft[systemKey].created ??= created))
  }

  /** It has another id. */
  rotated(name: VisitorScopeName): void {
    this.#opened.get(name)?.rotated()
  }

  /** It has ended: who asks again gets another one. */
  ended(name: VisitorScopeName): void {
    this.#uses.delete(name)
    this.#opened.delete(name)
  }

  /** The application runs, and does not end before `leave`; after `close` only the former: nobody tells when it is left. */
  async enter(): Promise<void> {
    this.#entered ??= this.#parts.run.enter()
    try {
      await this.#entered
    } catch (error) {
      this.#entered = undefined
      throw error
    }
    if (this.#isClosed) await this.leave()
  }

  /** The request is over. Idempotent. */
  close(): Promise<void> {
    this.#isClosed = true
    return this.leave()
  }

  /** The application may end now, as far as this request goes. Idempotent. */
  async leave(): Promise<void> {
    const entered = this.#entered
    this.#entered = undefined
    this.#shared.delete('application')
    const [use] = await Promise.allSettled([entered])
    if (use.status === 'fulfilled') use.value?.leave()
  }

  /** Afterwards the application has ended, with what this request has changed of it; who asks again has it started again. */
  async stopApplication(): Promise<void> {
    const { run } = this.#parts
    const handle = this.#shared.has('application') ? await this.scope('application') : undefined
    await handle?.commit()
    await this.leave()
    await run.stop()
    // The gate has one that is over: it is asked for anew.
    await handle?.end()
  }

  /** The request has ended well: its visits count. @throws what a draft throws that can record no more */
  noteVisits(): void {
    if (this.#isNoted || this.#gate.phase !== 'open') return
    this.#isNoted = true
    for (const use of this.#opened.values()) use.noteVisit()
  }

  /**
   * The client in the cookie is decided, with its visit: nothing of it has to be waited for.
   * @throws ScopeTooLargeError, InvalidStateError: it cannot be kept
   */
  sealCookie(): void {
    if (this.#cookie === undefined) return
    if (!this.#isNoted) this.#opened.get('client')?.noteVisit()
    this.#cookie.beforeHeaders()
  }

  async #openCookie(clientCookies: CookieStorage<VisitorState>): Promise<VisitorUse> {
    // The gate has nothing in this scope; by it the head learns that there is something to ask for.
    void (await this.#gate.open('client')).scope
    const { cookieHeader, meta } = this.#brought
    this.#cookie = new CookieClient(clientCookies, {
      header: cookieHeader,
      isSecure: () => meta.isSecure(),
      isOpen: () => this.#gate.phase === 'open',
    })
    return this.#use('client', cookieHandle(this.#cookie))
  }

  async #openVisitor(name: VisitorScopeName): Promise<VisitorUse> {
    const { settings, definitions, scopes } = this.#parts
    const handle = await this.scope(name)
    // Its visit is told of at the head, so the head has to ask.
    void handle.scope
    if (name === 'session') {
      const application = (): Promise<object> => this.application()
      const definition = definitions.session
      await beginSession({ settings, scopes: scopes.session, definition, application }, handle)
    }
    return this.#use(name, handle)
  }

  #use(name: VisitorScopeName, handle: VisitorHandle): VisitorUse {
    const { settings, definitions } = this.#parts
    const { compat, clock } = settings
    const { timeoutMs, isVisitTied } = settings[name]
    const use = new VisitorUse(
      {
        name,
        application: settings.name,
        compat,
        definition: definitions[name],
        timeoutMs,
        isVisitTied,
        now: () => clock.now(),
        isOpen: () => this.#gate.phase === 'open',
      },
      handle,
    )
    this.#opened.set(name, use)
    return use
  }
}

/** The variables of a scope that all visitors share. */
class SharedSource implements StructSource {
  readonly #handle: RequestScope<object>
  readonly #gate: ScopeRequest<CfmlDefinitions>

  constructor(handle: RequestScope<object>, gate: ScopeRequest<CfmlDefinitions>) {
    this.#handle = handle
    this.#gate = gate
  }

  get isOpen(): boolean {
    return this.#gate.phase === 'open'
  }

  get value(): object {
    return this.#handle.value
  }

  get draft(): object {
    return this.#handle.draft
  }
}

/** One promise for each key; one that rejects is forgotten, so that the next call tries again. */
function memoised<K, T>(known: Map<K, Promise<T>>, key: K, begin: () => Promise<T>): Promise<T> {
  const there = known.get(key)
  if (there) return there
  const begun = begin()
  known.set(key, begun)
  begun.catch(() => {
    if (known.get(key) === begun) known.delete(key)
  })
  return begun
}
