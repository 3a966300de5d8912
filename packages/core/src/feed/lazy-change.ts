import type { Patch } from '../diff/patches.ts'
import type { FoldedChange } from './scope-change.ts'

/** Where a change has from what is not made before somebody reads it. Each is asked for once. */
export interface ChangeSource {
  readonly value: () => unknown
  /** Absent: the change has none. */
  readonly patches?: () => readonly Patch[]
}

/** What a change says by itself. */
export type ChangeFacts<Type extends FoldedChange['type']> = Omit<
  Extract<FoldedChange, { readonly type: Type }>,
  'value' | 'patches'
>

/** The change with these facts: whoever copies, compares or prints it finds the properties that its type has, and no others. */
export function lazyChange<Type extends FoldedChange['type']>(
  facts: ChangeFacts<Type>,
  source: ChangeSource,
): Extract<FoldedChange, { readonly type: Type }> {
  return new LazyChange(facts, source) as unknown as Extract<FoldedChange, { readonly type: Type }>
}

/** Accessors in the object itself, but the same functions in all of them: each object with its own would cost ten times as much. */
class LazyChange {
  readonly #source: ChangeSource
  #value: { readonly made: unknown } | undefined
  #patches: readonly Patch[] | undefined

  constructor(facts: object, source: ChangeSource) {
    this.#source = source
    Object.assign(this, facts)
    Object.defineProperty(this, 'value', LazyChange.#valueProperty)
    if (source.patches) Object.defineProperty(this, 'patches', LazyChange.#patchesProperty)
  }

  /** Printed as a plain object. */
  [Symbol.for('nodejs.util.inspect.custom')](): object {
    return Object.assign({}, this)
  }

  static readonly #valueProperty: PropertyDescriptor & ThisType<LazyChange> = {
    enumerable: true,
    get() {
      return (this.#value ??= { made: this.#source.value() }).made
    },
  }

  static readonly #patchesProperty: PropertyDescriptor & ThisType<LazyChange> = {
    enumerable: true,
    get() {
      return (this.#patches ??= this.#source.patches?.())
    },
  }
}
