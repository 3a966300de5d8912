import { InvalidArgumentError, NotLoadedError, type ScopeDefinition, ScopesError, type StateOf } from '@scopes/core'
import { AnswerState, type RequestPhase } from './answer-state.ts'
import { type FoundScope, findScope, newScope } from './find-scope.ts'
import { reportInsecureCookie } from './insecure-cookie.ts'
import type { Cookie, Definitions } from './options.ts'
import { readCookies } from './read-cookies.ts'
import { readIds } from './read-ids.ts'
import { type RequestScope, RequestScopeHandle } from './request-scope.ts'
import type { RequestMeta, ScopeRequest } from './scope-request.ts'
import { type ScopeCookies, wantedFreshness } from './scope-cookies.ts'
import type { DecidedPlace } from './scope-place.ts'
import { type CookieFact, ScopeWork } from './scope-work.ts'
import { clearCookie, writeCookie } from './write-cookie.ts'

/** What all requests of a gate have in common. */
export interface GateParts<D extends Definitions> {
  readonly places: ReadonlyMap<string, DecidedPlace>
  readonly definitions: D
  readonly cookies: ReadonlyMap<string, ScopeCookies>
  readonly commitWhen: (status: number) => boolean
  readonly now: () => number
  /** An insecure connection is reported once. */
  hasReportedInsecure: boolean
}

interface Opened {
  readonly work: ScopeWork<object>
  readonly handle: RequestScope<object>
}

/** What the visitor is told of a scope that he has. */
type ToldFact = Extract<CookieFact, { readonly type: 'set' | 'known' }>

/** One scope of the request. */
interface Slot {
  /** A load that failed is forgotten, so that the handler may try again. */
  opening: Promise<RequestScope<object>> | undefined
  opened: Opened | undefined
  /** A scope was ended in this request: cookies are not consulted again, and the answer clears them. */
  hasEnded: boolean
}

/** The gate's side of one request. */
export class GateRequest<D extends Definitions> implements ScopeRequest<D> {
  readonly #parts: GateParts<D>
  readonly #cookieHeader: string | undefined
  readonly #meta: RequestMeta
  readonly #answer: AnswerState
  readonly #slots = new Map<string, Slot>()
  /** Set while the head waits. */
  #settling: Promise<void> | undefined

  constructor(parts: GateParts<D>, cookieHeader: string | undefined, meta: RequestMeta) {
    this.#parts = parts
    this.#cookieHeader = cookieHeader
    this.#meta = meta
    this.#answer = new AnswerState(meta)
  }

  get phase(): RequestPhase {
    return this.#answer.phase
  }

  get isDirty(): boolean {
    return this.#works().some(work => work.isDirty)
  }

  open<K extends keyof D & string>(name: K): Promise<RequestScope<StateOf<D[K]>>> {
    const slot = this.#slot(name)
    const opening = slot.opening ?? this.#find(name, slot)
    return opening as Promise<unknown> as Promise<RequestScope<StateOf<D[K]>>>
  }

  opened<K extends keyof D & string>(name: K): RequestScope<StateOf<D[K]>> {
    const slot = this.#slot(name)
    if (slot.opened === undefined && slot.hasEnded) slot.opened = this.#create(name)
    if (slot.opened === undefined) {
      throw new NotLoadedError(
        `The scope "${name}" is not loaded in this request: put web.with('${name}') before the handler, or await web.${name}(…) in it.`,
      )
    }
    return slot.opened.handle as unknown as RequestScope<StateOf<D[K]>>
  }

  beforeHeaders(status: number): Promise<void> | undefined {
    if (this.#answer.phase !== 'open') return this.#settling
    try {
      if (!this.#parts.commitWhen(status)) return this.#abandon()
      if (status >= 400) for (const work of this.#works()) work.giveUpFailed()
      const isDirty = this.#works()
        .map(work => work.finishDraft())
        .includes(true)
      if (isDirty || this.#answer.isWriting) return this.#wait('committing', this.#commit())
      this.#answer.phase = 'closed'
      this.#renew()
      return undefined
    } catch (error) {
      // A draft cannot be stored as it is: none of them is.
      this.#giveUp()
      return Promise.reject(error)
    }
  }

  beforeRawHead(status: number): void {
    const isOpen = this.#answer.phase === 'open'
    const isUnstored = isOpen && (this.#answer.isWriting || (this.isDirty && this.#parts.commitWhen(status)))
    if (isUnstored || this.#settling) {
      throw new ScopesError(
        'uncommitted',
        'A response head was written past the framework before the changes of this request were stored: await session.commit() first.',
      )
    }
    void this.beforeHeaders(status)
  }

  setCookies(): readonly string[] {
    this.#answer.canSetCookies = false
    const lines: string[] = []
    for (const [name, slot] of this.#slots) this.#addCookieLines(lines, name, slot)
    return lines
  }

  /** The status says that the drafts are not wanted. Writes under way go on: what they do is told to the visitor. */
  #abandon(): Promise<void> | undefined {
    this.#giveUp()
    if (this.#answer.isWriting) return this.#wait('abandoned', this.#answer.settled())
    this.#renew()
    return undefined
  }

  async #commit(): Promise<void> {
    await this.#answer.settled()
    const results = await Promise.allSettled(this.#works().map(work => work.commit()))
    await this.#answer.settled()
    const failed = results.find(result => result.status === 'rejected')
    if (failed === undefined) {
      this.#answer.phase = 'closed'
      return
    }
    this.#giveUp()
    throw failed.reason
  }

  #wait(phase: RequestPhase, work: Promise<void>): Promise<void> {
    this.#answer.phase = phase
    this.#settling = work.finally(() => {
      this.#settling = undefined
      this.#renew()
    })
    return this.#settling
  }

  #giveUp(): void {
    this.#answer.phase = 'abandoned'
    for (const work of this.#works()) work.dropDraft()
  }

  #renew(): void {
    for (const work of this.#works()) {
      if (work.isRenewalDue && (this.#meta.mayRenew?.() ?? true)) work.renew()
    }
  }

  #addCookieLines(lines: string[], name: string, { opened, hasEnded }: Slot): void {
    const { cookies, now } = this.#parts
    const own = cookies.get(name)
    const place = this.#place(name)
    if (own === undefined || !place.sendsCookie) return
    const { id, stamp } = own
    const fact = opened?.work.cookieFact(now(), id.maxAge !== 'browser')
    const isOver = hasEnded || fact?.type === 'clear'
    const hasStrays = place.replacesStrays && readCookies(this.#cookieHeader, id.name).length > 1
    if (opened && (fact?.type === 'set' || (hasStrays && fact?.type === 'known'))) {
      // It may be from when the cookie was not yet for a whole domain: then it is a cookie of its own.
      if (hasStrays && id.domain !== undefined) this.#addCleared(lines, { ...id, domain: undefined })
      lines.push(this.#written(id, opened.work.scope.id, fact))
    } else if (isOver) this.#addCleared(lines, id)
    if (stamp === undefined) return
    const isNamed = fact?.type === 'set' || fact?.type === 'known'
    if (isNamed && fact.stamp !== undefined) lines.push(this.#written(stamp, fact.stamp, fact))
    else if (isOver || (isNamed && fact.isNew)) this.#addCleared(lines, stamp)
  }

  #written(cookie: Cookie, value: string, { lifeMs, isOwnLife }: ToldFact): string {
    const told: Cookie = isOwnLife ? { ...cookie, maxAge: 'scope' } : cookie
    return writeCookie(told, value, this.#isSecure(cookie), lifeMs)
  }

  /** What the request did not bring needs no clearing. */
  #addCleared(lines: string[], cookie: Cookie): void {
    if (readCookies(this.#cookieHeader, cookie.name).length === 0) return
    lines.push(clearCookie(cookie, this.#isSecure(cookie)))
  }

  #isSecure({ name, secure }: Cookie): boolean {
    if (secure === false) return false
    const isSecure = this.#meta.isSecure()
    if (secure === 'auto') return isSecure
    if (!isSecure && !this.#parts.hasReportedInsecure) {
      this.#parts.hasReportedInsecure = true
      reportInsecureCookie(name)
    }
    return true
  }

  #find(name: string, slot: Slot): Promise<RequestScope<object>> {
    const opening = slot.hasEnded ? this.#createAnew(name, slot) : this.#load(name, slot)
    slot.opening = opening
    return opening
  }

  async #createAnew(name: string, slot: Slot): Promise<RequestScope<object>> {
    slot.opened ??= this.#create(name)
    return slot.opened.handle
  }

  async #load(name: string, slot: Slot): Promise<RequestScope<object>> {
    try {
      const { cookies, now } = this.#parts
      const { requestId, signal } = this.#meta
      const definition = this.#definition(name)
      const own = cookies.get(name)
      const brought = own ? readIds(this.#cookieHeader, own.id) : []
      const freshness = own ? wantedFreshness(this.#cookieHeader, own) : {}
      const place = this.#place(name)
      const lent = (place.acceptsIds ? this.#meta.ids?.(name) : undefined) ?? []
      const options = { now, request: requestId, signal, freshness, lent }
      const opened = this.#wrap(await findScope(place, definition, brought, options))
      slot.opened = opened
      if (opened.work.isRenewalDue) this.#answer.involve()
      return opened.handle
    } catch (error) {
      // Not before the slot has it, where the failure came at once.
      queueMicrotask(() => (slot.opening = undefined))
      throw error
    }
  }

  #create(name: string): Opened {
    const { requestId: request } = this.#meta
    return this.#wrap(newScope(this.#place(name), this.#definition(name), request))
  }

  #wrap({ scope, origin }: FoundScope): Opened {
    const work = new ScopeWork(scope, origin, this.#answer)
    return { work, handle: new RequestScopeHandle(work) }
  }

  /** The slot of a scope; one that was ended in this request is empty again. */
  #slot(name: string): Slot {
    let slot = this.#slots.get(name)
    if (slot === undefined) {
      slot = { opening: undefined, opened: undefined, hasEnded: false }
      this.#slots.set(name, slot)
    } else if (slot.opened?.work.hasEnded) {
      slot.hasEnded = true
      slot.opened = undefined
      slot.opening = undefined
    }
    return slot
  }

  #definition(name: string): ScopeDefinition {
    const definition = Object.hasOwn(this.#parts.definitions, name) ? this.#parts.definitions[name] : undefined
    if (definition === undefined) throw this.#unknown(name)
    return definition
  }

  #unknown(name: string): InvalidArgumentError {
    const known = Object.keys(this.#parts.definitions).join(', ')
    return new InvalidArgumentError(`This gate has no scope "${name}"; it has ${known}.`)
  }

  #place(name: string): DecidedPlace {
    const place = this.#parts.places.get(name)
    if (place === undefined) throw this.#unknown(name)
    return place
  }

  #works(): ScopeWork<object>[] {
    const works: ScopeWork<object>[] = []
    for (const { opened } of this.#slots.values()) if (opened) works.push(opened.work)
    return works
  }
}
