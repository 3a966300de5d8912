import { isDeepStrictEqual } from 'node:util'
import type { ScopeDefinition } from '@scopes/core'
import { cfmlDiagnostics } from '../diagnostics.ts'
import { ForgetfulSource, refuseComplex } from '../scope/coldfusion-client.ts'
import { type StructOptions, type StructSource, scopeStruct } from '../scope/scope-struct.ts'
import { type VisitorState, systemKey } from '../scope/system-values.ts'
import { type VisitorFacts, clientBuiltIns, sessionBuiltIns } from '../scope/visitor-built-ins.ts'
import type { Compat } from '../settings/settings.ts'
import type { VisitorHandle } from './visitor-handle.ts'

/** What the use of a visitor's scope in a request works with. */
export interface VisitorUseParts {
  readonly name: 'session' | 'client'
  readonly application: string
  readonly compat: Compat | undefined
  readonly definition: ScopeDefinition<VisitorState>
  /** Milliseconds. */
  readonly timeoutMs: number
  /** A visit counts only when a variable was changed. */
  readonly isVisitTied: boolean
  readonly now: () => number
  /** Drafts still record. */
  readonly isOpen: () => boolean
}

/** How far a deadline may be from where it should be: it is in whole seconds, and clocks differ. */
const deadlineMarginMs = 2000

/** The session or client of one request: what handlers see of it, and the visit that it counts. */
export class VisitorUse {
  /** Variables and built-ins in one. */
  readonly struct: object
  readonly #parts: VisitorUseParts
  readonly #handle: VisitorHandle
  readonly #builtIns: Map<string, unknown>
  readonly #beganAt: number
  #isTouched = false

  constructor(parts: VisitorUseParts, handle: VisitorHandle) {
    const { name, compat, isOpen, now } = parts
    this.#parts = parts
    this.#handle = handle
    this.#beganAt = now()
    this.#builtIns = this.#current()
    const kept = new VisitorSource(handle, isOpen)
    const odd = name === 'client' && compat === 'coldfusion' ? this.#simple(kept) : undefined
    this.struct = scopeStruct({
      source: odd?.source ?? kept,
      builtIns: this.#builtIns,
      hasFixedBuiltIns: false,
      isCaseless: compat !== undefined,
      throwsOnMissing: compat !== undefined,
      name,
      clear: odd?.clear,
      accept: odd?.accept,
    })
  }

  /** When it was begun. */
  get created(): Date {
    return this.#facts().created
  }

  /** The names of its variables, without built-ins. */
  get variables(): readonly string[] {
    const all = this.#builtIns
    return Object.keys(this.struct).filter(name => !all.has(name))
  }

  /** @returns whether there was a variable of that name */
  deleteVariable(name: string): boolean {
    if (this.#builtIns.has(name.toLowerCase()) || !(name in this.struct)) return false
    return Reflect.deleteProperty(this.struct, name)
  }

  /** It has another id: its built-ins are those of a new one. */
  rotated(): void {
    for (const [name, value] of this.#current()) if (this.#builtIns.has(name)) this.#builtIns.set(name, value)
  }

  /** The visit counts even if nothing was changed. */
  touch(): void {
    this.#isTouched = true
  }

  /**
   * The request ends well: the visit is counted, with what was changed, or by itself. What is still to be written then holds the
   * head, and its failure does not fail the answer: it was only read.
   */
  noteVisit(): void {
    const handle = this.#handle
    const { isStored, ended } = handle.scope
    if (ended !== undefined) return
    if (!isStored) {
      if (handle.isDirty && !this.#isAsBegun()) this.#count(handle.draft)
      return
    }
    if (this.#isTooLong()) {
      // The time-out of the settings is shorter than it was.
      handle.setLifetime({})
      return this.#count(handle.draft)
    }
    if (handle.isDirty) return this.#count(handle.draft)
    const isWanted = this.#isTouched || !this.#parts.isVisitTied || handle.value[systemKey].created === undefined
    if (!isWanted) return
    handle
      .update(draft => this.#count(draft))
      .catch((error: unknown) => {
        const { application } = this.#parts
        cfmlDiagnostics.backgroundFailed.publish({ application, what: 'visit', error })
      })
  }

  /** As ColdFusion has it: simple values only, and a clear that is for this request. */
  #simple(kept: StructSource): Pick<StructOptions, 'source' | 'accept' | 'clear'> {
    const source = new ForgetfulSource(kept)
    const clear = (): void => {
      this.#builtIns.clear()
      source.forget()
    }
    return { source, accept: refuseComplex, clear }
  }

  #count(draft: VisitorState): void {
    const visit = draft[systemKey]
    visit.created ??= new Date(this.#beganAt)
    visit.lastVisit = new Date(this.#parts.now())
    visit.hits++
  }

  /** Nothing but built-ins is in it: it is not stored. */
  #isAsBegun(): boolean {
    return isDeepStrictEqual(this.#handle.value, this.#parts.definition.initialState())
  }

  #isTooLong(): boolean {
    const { deadline, lifetime } = this.#handle.scope
    if (deadline === undefined || lifetime.isOwn) return false
    return deadline > this.#parts.now() + this.#parts.timeoutMs + deadlineMarginMs
  }

  #current(): Map<string, unknown> {
    const { name, compat } = this.#parts
    return name === 'session' ? sessionBuiltIns(this.#facts(), compat) : clientBuiltIns(this.#facts())
  }

  #facts(): VisitorFacts {
    const { created = new Date(this.#beganAt), lastVisit = created, hits } = this.#handle.value[systemKey]
    return { application: this.#parts.application, id: this.#handle.id, created, lastVisit, hits: hits + 1 }
  }
}

/** The variables of a visitor's scope. One that ends under a running request is read as it was; what is written is refused. */
class VisitorSource implements StructSource {
  readonly #handle: VisitorHandle
  readonly #isRequestOpen: () => boolean
  #seen: object

  constructor(handle: VisitorHandle, isRequestOpen: () => boolean) {
    this.#handle = handle
    this.#isRequestOpen = isRequestOpen
    this.#seen = handle.value
  }

  get isOpen(): boolean {
    return this.#isRequestOpen() && this.#handle.scope.ended === undefined
  }

  get value(): object {
    if (this.#handle.scope.ended === undefined) this.#seen = this.#handle.value
    return this.#seen
  }

  get draft(): object {
    return this.#handle.draft
  }
}
