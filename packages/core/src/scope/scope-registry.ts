import { leaveIndexes } from '../commit/leave-indexes.ts'
import type { ScopeDefinition } from '../definition/define-scope.ts'
import type { DocumentSeen } from '../feed/observation.ts'
import type { EndedDocument } from '../document/scope-document.ts'
import { type ScopeKey, documentKey, parseDocumentKey } from '../document/scope-key.ts'
import { Definitions } from './definitions.ts'
import type { Endings } from './endings.ts'
import type { ScopeServices } from './scope-services.ts'
import { ScopeState } from './scope-state.ts'

/**
 * The scopes that this process has handles of: one `ScopeState` per key for as long as anybody holds it, so that all
 * handles share one queue. They are held weakly: a handle needs no closing.
 */
export class ScopeRegistry {
  readonly definitions: Definitions
  readonly #services: ScopeServices
  readonly #states = new Map<string, WeakRef<ScopeState>>()
  readonly #collected = new FinalizationRegistry<string>(key => {
    if (this.#states.get(key)?.deref() === undefined) this.#states.delete(key)
  })

  /** @param onDefinition called with each kind when it becomes known */
  constructor(services: ScopeServices, onDefinition: (definition: ScopeDefinition) => void) {
    this.#services = services
    this.definitions = new Definitions(onDefinition)
  }

  /** The state of a key. @throws InvalidArgumentError for a key that is not allowed, or a second definition of a kind */
  stateOf(definition: ScopeDefinition, key: ScopeKey): ScopeState {
    const name = documentKey(key)
    const held = this.#states.get(name)?.deref()
    if (held && held.definition === definition) return held
    this.definitions.add(definition)
    const state = new ScopeState(Object.freeze({ ...key }), name, definition, this.#services)
    this.#states.set(name, new WeakRef(state))
    this.#collected.register(state, name)
    return state
  }

  /** The ends that were seen. */
  get endings(): Endings {
    return this.#services.endings
  }

  /** The state of a scope that anybody holds. */
  find(name: string): ScopeState | undefined {
    return this.#states.get(name)?.deref()
  }

  /** The states of all scopes that anybody holds. */
  *held(): Generator<ScopeState, void, undefined> {
    for (const held of this.#states.values()) {
      const state = held.deref()
      if (state) yield state
    }
  }

  /** The state of a document key, when its kind is defined in this process. */
  stateUnder(name: string): ScopeState | undefined {
    const key = parseDocumentKey(name)
    const definition = key && this.definitions.get(key.kind)
    return key && definition && this.stateOf(definition, key)
  }

  /** Takes what has ended out of its indexes, when its kind is defined in this process. Never rejects. */
  async leaveIndexes(name: string, marker: EndedDocument): Promise<void> {
    const kind = parseDocumentKey(name)?.kind
    const definition = kind === undefined ? undefined : this.definitions.get(kind)
    // Without indexes a state would be made for nothing, once for each end.
    const state = definition && definition.indexes.length > 0 ? this.stateUnder(name) : undefined
    if (state) await leaveIndexes(state, marker)
  }

  /** Ends the life that a rollback has revived, when its kind is defined in this process. */
  async endAgain(name: string, seen: DocumentSeen): Promise<void> {
    await this.stateUnder(name)?.endAgain(seen)
  }

  /** Tells all who watch a scope that nothing follows. */
  close(): void {
    this.#services.rereads.close()
    for (const state of this.held()) state.close()
  }

  /** Writes what is left to write. Scopes with work are reachable through it, so the weak references find them all. */
  async drain(): Promise<void> {
    for (;;) {
      const busy = [...this.held()].filter(state => !isIdle(state))
      if (busy.length === 0) return
      await Promise.all(
        busy.map(async state => {
          state.backup.flush()
          await state.queue.drained()
        }),
      )
    }
  }
}

function isIdle({ queue, backup }: ScopeState): boolean {
  return queue.isIdle && backup.isIdle
}
