import type { ScopeDefinition } from '../definition/define-scope.ts'
import type { EndedDocument, Life } from '../document/scope-document.ts'
import { type ScopeKey, parseDocumentKey } from '../document/scope-key.ts'
import { type EndReason, InvalidArgumentError } from '../errors.ts'
import { quoted } from '../value/quoted.ts'
import type { Immutable } from '../value/plain-data.ts'

/** An end, as `scopes.onEnd` tells it. */
export interface EndedScope<S extends object = object> {
  readonly key: ScopeKey
  readonly life: Life
  /** That of the end: one more than the last commit's. */
  readonly version: number
  /** `rotated`: the data goes on under another id, and this one is over. */
  readonly reason: EndReason
  /** The word given to `end`. */
  readonly detail: string | undefined
  /** The final state, in the shape of this process. */
  readonly value: Immutable<S>
  /** When it ended: milliseconds since 1970, by the clock of whoever ended it. */
  readonly at: number
  /** The same however often this end is delivered, and that of no other: what must not happen twice goes by it. */
  readonly deliveryId: string
  /** How often the handlers have failed for this end, in whatever process. */
  readonly attempt: number
  /** Aborts when the handler has taken too long, or another process has taken the delivery over. */
  readonly signal: AbortSignal
}

/** Told of an end; a promise is awaited. Throwing or rejecting has the end delivered again, later. */
export type EndHandler<S extends object = object> = (ended: EndedScope<S>) => unknown

/** The handlers of a kind. */
interface KindHandlers {
  readonly definition: ScopeDefinition
  readonly handlers: Set<EndHandler>
}

/** Who is told in this process of the ends of each kind. */
export class EndHandlers {
  readonly #kinds = new Map<string, KindHandlers>()
  readonly #onFirst: () => void

  /** @param onFirst called when a kind gets its first handler */
  constructor(onFirst: () => void) {
    this.#onFirst = onFirst
  }

  /** Whether this process has handlers for the kind, and so may deliver its ends. */
  has(kind: string): boolean {
    return this.#kinds.has(kind)
  }

  /** Nobody is to be told of anything. */
  get isEmpty(): boolean {
    return this.#kinds.size === 0
  }

  /**
   * From now on the handler is told, until the returned function is called.
   * @throws InvalidArgumentError when the kind keeps no ends: who ends a scope must know that somebody will deliver
   */
  add<S extends object>(definition: ScopeDefinition<S>, handler: EndHandler<S>): () => void {
    const { kind, keepEndsMs } = definition
    if (keepEndsMs === 0) {
      throw new InvalidArgumentError(
        `The kind "${kind}" keeps no ends for its handlers. Give defineScope a keepEnds, such as '7d'.`,
      )
    }
    if (typeof handler !== 'function') {
      throw new InvalidArgumentError(`onEnd takes a function, not ${quoted(handler)}.`)
    }
    const known = this.#kinds.get(kind)
    const { handlers } = known ?? { handlers: new Set<EndHandler>() }
    // Each registration is its own, also of the same function.
    const registered = ((ended: EndedScope<S>) => handler(ended)) as EndHandler
    handlers.add(registered)
    if (known === undefined) {
      this.#kinds.set(kind, { definition, handlers })
      this.#onFirst()
    }
    return () => {
      handlers.delete(registered)
      if (handlers.size === 0) this.#kinds.delete(kind)
    }
  }

  /** Tells all handlers of the kind at once, and `stop.signal` when to stop. Rejects with what the first of them threw, when all are done. */
  async run(documentKey: string, marker: EndedDocument, stop: { readonly signal: AbortSignal }): Promise<void> {
    const key = parseDocumentKey(documentKey)
    const { definition, handlers } = this.#kinds.get(key?.kind ?? '') ?? {}
    if (key === undefined || definition === undefined || handlers === undefined || marker.state === undefined) {
      throw new InvalidArgumentError(
        `The handlers of ${documentKey} were taken back before its end was told; it waits for those of another process.`,
      )
    }
    const { life, version, reason, detail, at, delivery } = marker
    const ended: EndedScope = {
      key,
      life,
      version,
      reason,
      detail,
      value: definition.versions.upcast(marker.state, marker.schemaVersion),
      at,
      deliveryId: life,
      attempt: delivery.type === 'pending' ? delivery.attempt : 0,
      get signal() {
        return stop.signal
      },
    }
    const results = await Promise.allSettled([...handlers].map(async handler => handler(ended)))
    const failed = results.find(result => result.status === 'rejected')
    if (failed) throw failed.reason
  }
}
