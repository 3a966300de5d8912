import type { Replication } from '../cache/replication.ts'
import { isEndMarker, lifeAt } from '../document/frame.ts'
import { parseDocumentKey } from '../document/scope-key.ts'
import type { KeyMessage } from '../feed/change-feed.ts'
import type { ScopeRegistry } from './scope-registry.ts'

/**
 * Brings the messages of the feed to where a scope is known: to its state while anybody holds it, else to the fed cache.
 * The cache knows nothing of ends that were seen: a life that has ended and is alive again gets a state that ends it.
 */
export class ReplicaRouter {
  readonly #application: string
  readonly #replication: Replication
  readonly #registry: ScopeRegistry
  readonly #kinds: ReadonlySet<string> | undefined

  constructor(application: string, replication: Replication, registry: ScopeRegistry) {
    this.#application = application
    this.#replication = replication
    this.#registry = registry
    this.#kinds = replication.kinds && new Set(replication.kinds)
  }

  /** Whether scopes of this kind are replicated. */
  accepts(kind: string): boolean {
    return this.#kinds?.has(kind) ?? true
  }

  /** The feed has its place; what was known before may be outdated. */
  begin(): void {
    this.#replication.begin()
    for (const state of this.#registry.held()) if (this.accepts(state.key.kind)) state.suspect()
  }

  /** All that is known of the partition has to be read again: what is held now, the rest when it is opened. */
  distrust(reason: 'rolled-back' | 'lost', partition: number): void {
    this.#replication.distrust(partition)
    if (reason === 'rolled-back') this.#registry.endings.forgetTokens()
    for (const state of this.#registry.held()) {
      const isAffected = state.partition === undefined || state.partition === partition
      if (isAffected && this.accepts(state.key.kind)) state.distrust(reason)
    }
  }

  deliver(message: KeyMessage): void {
    const { key } = message
    const state = this.#registry.find(key)
    if (state) return this.accepts(state.key.kind) ? state.receive(message) : undefined
    const parsed = parseDocumentKey(key)
    if (parsed?.application !== this.#application || !this.accepts(parsed.kind)) return
    if (message.type === 'document' && message.bytes) {
      const bytes = Buffer.from(message.bytes.buffer, message.bytes.byteOffset, message.bytes.byteLength)
      const { endings } = this.#registry
      if (isEndMarker(bytes)) endings.remember(key, { fenced: [lifeAt(bytes, 0)], token: message.token })
      // fence, re-end
      else if (!endings.isEmpty && bytes.length > 0 && endings.has(key, lifeAt(bytes, 0))) {
        return this.#registry.stateUnder(key)?.receive(message)
      }
    }
    this.#replication.receive(message)
  }
}
