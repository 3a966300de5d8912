import type { ScopeDefinition } from '../definition/define-scope.ts'
import { InvalidArgumentError } from '../errors.ts'

/** The kinds that this process knows, each by the one definition of it. */
export class Definitions {
  readonly #definitions = new Map<string, ScopeDefinition>()
  readonly #onNew: (definition: ScopeDefinition) => void

  /** @param onNew called with each kind when it becomes known */
  constructor(onNew: (definition: ScopeDefinition) => void) {
    this.#onNew = onNew
  }

  /** The definition of a kind that this process has used. */
  get(kind: string): ScopeDefinition | undefined {
    return this.#definitions.get(kind)
  }

  /** Afterwards the kind is known by this definition. @throws InvalidArgumentError when it is known by another */
  add(definition: ScopeDefinition): void {
    const { kind } = definition
    const known = this.#definitions.get(kind)
    if (known !== undefined && known !== definition) {
      throw new InvalidArgumentError(
        `The kind "${kind}" is defined twice in this process; define it once and import it.`,
      )
    }
    if (known !== undefined) return
    this.#definitions.set(kind, definition)
    this.#onNew(definition)
  }
}
