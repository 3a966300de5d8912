import { InvalidArgumentError, NotLoadedError } from '@scopes/core'
import type { ScopeGate } from './gate.ts'
import { type Handed, describeHanded, handedOf } from './handed.ts'
import type { Definitions } from './options.ts'
import type { ScopeRequest } from './scope-request.ts'
import type { RequestOptions } from './web.ts'
import type { WebRequest, WebRequestParts } from './web-request.ts'

/** How a framework answers for its requests. `From` begins a request, `Asked` is what of it a handler asks with. */
export interface AdapterParts<From extends Asked, Asked> {
  /** The function that an application calls. */
  readonly maker: string
  /** What a handler asks with. */
  readonly takes: Handed
  /** How a handler asks, as it is written in that framework. */
  readonly ask: string
  /** What an application must do before. */
  readonly setUp: string
  /** An object that stays the same all through a request. */
  readonly keyOf: (asked: Asked) => object
  readonly cookieOf: (from: From) => string | undefined
  /** Where the application does not say it. */
  readonly isSecure: (from: From) => boolean
}

/** What the adapters of all frameworks have in common: the gate, and the requests that have begun. */
export class Adapter<From extends Asked, Asked> {
  readonly #framework: AdapterParts<From, Asked>
  readonly #parts: WebRequestParts<From>
  /** By an object that stays the same all through a request. Not on it: that would need a type, or slow it down. */
  readonly #requests = new WeakMap<object, WebRequest<From>>()
  /** A first request was of this framework, and so are all. */
  #isChecked = false

  /** @throws InvalidArgumentError that names the option which is no function */
  constructor(framework: AdapterParts<From, Asked>, gate: ScopeGate<Definitions>, options: RequestOptions<From>) {
    for (const name of ['isSecure', 'renew', 'ids', 'requestId'] as const) {
      if (options[name] !== undefined && typeof options[name] !== 'function') {
        throw new InvalidArgumentError(`${framework.maker}: ${name} must be a function of what a handler is given.`)
      }
    }
    this.#framework = framework
    this.#parts = {
      gate,
      cookieOf: framework.cookieOf,
      isSecure: options.isSecure ?? framework.isSecure,
      renew: options.renew,
      ids: options.ids,
      requestId: options.requestId,
    }
  }

  /**
   * Begins a request. Undefined: it has begun already, because the middleware is used twice.
   * @throws InvalidArgumentError where the middleware is used in another framework
   */
  begin<R extends WebRequest<From>>(from: From, create: (parts: WebRequestParts<From>) => R): R | undefined {
    if (!this.#isChecked) this.checkUse(from)
    this.#isChecked = true
    const key = this.#framework.keyOf(from)
    if (this.#requests.has(key)) return undefined
    const request = create(this.#parts)
    this.#requests.set(key, request)
    return request
  }

  /** @throws InvalidArgumentError where what a middleware is given is of another framework */
  checkUse(given: unknown): void {
    const { maker, takes } = this.#framework
    const handed = handedOf(given)
    if (handed === undefined || handed === takes) return
    throw new InvalidArgumentError(
      `What ${maker} gives was used where ${handed} is handed out, not ${takes}: each framework has its own.`,
    )
  }

  find(key: object): WebRequest<From> | undefined {
    return this.#requests.get(key)
  }

  async load(asked: Asked, names: readonly string[]): Promise<void> {
    const scopes = this.requestOf(asked)
    await Promise.all(names.map(name => scopes.open(name)))
  }

  /**
   * The request of the gate.
   * @throws NotLoadedError where the middleware has not run
   * @throws InvalidArgumentError for what is not handed out by this framework
   */
  requestOf(asked: Asked): ScopeRequest<Definitions> {
    const { maker, takes, ask, setUp, keyOf } = this.#framework
    const request = isObject(asked) ? this.#requests.get(keyOf(asked)) : undefined
    if (request) return request.scopes
    const given = describeHanded(asked)
    // An object of an unknown form may be one of somebody's tests.
    if (given !== undefined && given !== takes) {
      throw new InvalidArgumentError(`What ${maker} gives takes ${takes}, as in \`${ask}\`; it was given ${given}.`)
    }
    throw new NotLoadedError(`The scopes were asked for before their middleware ran: ${setUp} must come before.`)
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}
