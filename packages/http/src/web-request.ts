import type { ScopeGate } from './gate.ts'
import type { Definitions } from './options.ts'
import type { RequestMeta, ScopeRequest } from './scope-request.ts'

/** What all requests of an adapter have in common. `From` is what the framework hands to a handler. */
export interface WebRequestParts<From> {
  readonly gate: ScopeGate<Definitions>
  readonly cookieOf: (from: From) => string | undefined
  readonly isSecure: (from: From) => boolean
  readonly renew: ((from: From) => boolean) | undefined
  readonly ids: ((from: From, name: string) => readonly string[]) | undefined
  readonly requestId: ((from: From) => string | undefined) | undefined
}

/** A request of a framework as the gate sees it. Costs next to nothing before a scope is asked for. */
export class WebRequest<From> implements RequestMeta {
  readonly #parts: WebRequestParts<From>
  readonly #from: From
  #scopes: ScopeRequest<Definitions> | undefined

  constructor(parts: WebRequestParts<From>, from: From) {
    this.#parts = parts
    this.#from = from
  }

  get scopes(): ScopeRequest<Definitions> {
    return (this.#scopes ??= this.#parts.gate.begin(this.#parts.cookieOf(this.#from), this))
  }

  isSecure(): boolean {
    return this.#parts.isSecure(this.#from)
  }

  mayRenew(): boolean {
    return this.#parts.renew?.(this.#from) ?? true
  }

  ids(name: string): readonly string[] {
    return this.#parts.ids?.(this.#from, name) ?? []
  }

  get requestId(): string | undefined {
    return this.#parts.requestId?.(this.#from)
  }

  /** As `ScopeRequest.beforeHeaders`; undefined as well where no scope was asked for. */
  beforeHeaders(status: number): Promise<void> | undefined {
    return this.#scopes?.beforeHeaders(status)
  }

  /** As `ScopeRequest.setCookies`. */
  setCookies(): readonly string[] {
    return this.#scopes?.setCookies() ?? []
  }
}
