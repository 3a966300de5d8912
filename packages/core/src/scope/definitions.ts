import type { ScopeDefinition } from '../definition/define-scope.ts'
import { InvalidArgumentError } from '../errors.ts'

/** The kinds that this process knows, each by the one definition of it. */
export class Definitions {
  readonly #definitions = new Map<string, ScopeDefinition>()

  /** The definition of a kind that this process has used. */
  get(kind: string): ScopeDefinition | undefined {
    return this.#definitions.get(kind)
  }

  /** Afterwards the kind is known by this definition. @throws InvalidArgumentError when it is known by another */
  add(definition: ScopeDefinition): void {
    const { kind } = definition
    const known = this.#definitions.get(kind)
    if (known !== undefined && known !== definition) {
      throw new InvalidArgumentError(`The kind "${kind}" is defined twice; define it once and import it.`)
    }
    this.#definitions.set(kind, definition)
  }
}
