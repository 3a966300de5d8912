import type { ScopeDefinition } from '../definition/define-scope.ts'
import type { ScopeDocument } from '../document/scope-document.ts'
import type { ScopeKey } from '../document/scope-key.ts'
import type { StoreToken } from '../document/stored-document.ts'
import type { Clock } from '../clock.ts'
import type { DocumentStore } from '../store/document-store.ts'
import type { View } from './commit-state.ts'
import type { Asked, CommitTarget } from './commit-target.ts'
import type { Patience } from './patience.ts'

/**
 * A scope while a rotation copies to it, which nobody else knows. Each copy is the first version of the same life: compared with
 * the one before it would be a rollback, so nothing is compared.
 */
export class CopyTarget implements CommitTarget {
  readonly #target: CommitTarget

  constructor(target: CommitTarget) {
    this.#target = target
  }

  get key(): ScopeKey {
    return this.#target.key
  }

  get documentKey(): string {
    return this.#target.documentKey
  }

  get definition(): ScopeDefinition {
    return this.#target.definition
  }

  get store(): DocumentStore {
    return this.#target.store
  }

  get clock(): Clock {
    return this.#target.clock
  }

  get timeoutMs(): number {
    return this.#target.timeoutMs
  }

  get patience(): Patience {
    return this.#target.patience
  }

  get copy(): View {
    return this.#target.copy
  }

  ask(): Asked {
    return this.#target.ask()
  }

  load(): Promise<View> {
    this.#target.forget()
    return this.#target.load()
  }

  forget(): void {
    this.#target.forget()
  }

  acknowledge(document: ScopeDocument, token: StoreToken): void {
    this.#target.forget()
    this.#target.acknowledge(document, token, this.#target.ask())
  }
}
