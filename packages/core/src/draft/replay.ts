import { freezeContainer } from '../value/freeze-container.ts'
import { isContainer } from '../value/kind.ts'
import { holdsBytes, markHolder } from '../value/stored-bytes.ts'
import type { Operation, OperationPath } from './operation.ts'
import { copyOf, keyIn, partOf, setPart } from './operation-place.ts'
import { type Access, type OperationFault, perform } from './perform.ts'

/** Ops done to a value that stays as it is; what they change is copied once. */
export class Replay {
  readonly #root: { value: unknown }
  /** Containers that were copied, or made by an op: they may be changed. */
  readonly #own = new Set<object>()
  readonly #access: Access
  /** An op has put bytes somewhere. */
  #mayHoldBytes = false

  /** @param onCopy told of each container that is copied */
  constructor(value: unknown, onCopy?: (original: object, copy: object) => void) {
    this.#root = { value }
    this.#access = {
      keyOf: keyIn,
      open: (parent, key) => {
        const part = partOf(parent, key) as object
        if (this.#own.has(part)) return part
        const copy = copyOf(part)
        this.#own.add(copy)
        if (holdsBytes(part)) markHolder(copy)
        setPart(parent, key, copy)
        onCopy?.(part, copy)
        return copy
      },
      fresh: argument => argument,
    }
  }

  /** The value with what was done to it so far: to be looked at, and not to be kept. */
  get value(): unknown {
    return this.#root.value
  }

  /** Does an op whose path begins at the value. */
  perform({ name, path, args }: Operation): OperationFault | undefined {
    this.#mayHoldBytes ||= args.some(holdsBytes)
    return perform(this.#root, { name, path: ['value', ...path], args }, this.#access)
  }

  /** Puts a value where the path leads; undefined: takes away what is there. Nothing happens where there is no such place. */
  put(path: OperationPath, value: unknown): void {
    this.#mayHoldBytes ||= holdsBytes(value)
    const way: OperationPath = ['value', ...path]
    let container: object = this.#root
    for (const [depth, segment] of way.entries()) {
      const key = keyIn(container, segment)
      if (key === undefined) return
      if (depth === path.length) return setPart(container, key, value)
      if (!isContainer(partOf(container, key))) return
      container = this.#access.open(container, key)
    }
  }

  /** The value, frozen. Afterwards nothing can be done to it any more. */
  finish(): unknown {
    for (const container of this.#own) freezeContainer(container, this.#mayHoldBytes || holdsBytes(container))
    return this.#root.value
  }
}
