import { InvalidArgumentError } from '../errors.ts'
import type { State } from '../value/plain-data.ts'
import { quoted } from '../value/quoted.ts'

/** What a scope may be indexed by. `undefined`, `null` and `''`: it is in no list. A number is the text of it. */
export type IndexValue = string | number | null | undefined

/** The indexes of a definition: each name with the type of its values. */
export type IndexTypes = Readonly<Record<string, IndexValue>>

/** Of a definition without indexes. */
export type NoIndexTypes = { readonly [none: symbol]: never }

/** One index of a definition. */
export interface DeclaredIndex {
  readonly name: string

  /**
   * What the scope with this state is found by, in the shape of the definition; undefined: it is not.
   * @throws InvalidArgumentError when the function of the definition throws, or gives what is no value.
   */
  valueOf(state: State): string | undefined
}

/** A value of each index by its name; an index that the state has no value of is not there. */
export type IndexValues = ReadonlyMap<string, string>

/** Of a definition without indexes. */
export const noIndexes: readonly DeclaredIndex[] = Object.freeze([])

/** Of a state that is in no index. */
export const noIndexValues: IndexValues = new Map()

const namePattern = /^[A-Za-z0-9._-]+$/

/** The indexes that are declared. @throws InvalidArgumentError that names the index which is none */
export function declareIndexes(kind: string, declared: unknown): readonly DeclaredIndex[] {
  if (typeof declared !== 'object' || declared === null || Array.isArray(declared)) {
    throw new InvalidArgumentError('indexes must be an object with a function of the state for each index.')
  }
  return Object.freeze(Object.entries(declared).map(([name, select]) => declare(kind, name, select)))
}

/** What the state is found by. @throws InvalidArgumentError as `valueOf` does */
export function indexValuesOf(indexes: readonly DeclaredIndex[], state: State): IndexValues {
  if (indexes.length === 0) return noIndexValues
  const values = new Map<string, string>()
  for (const index of indexes) {
    const value = index.valueOf(state)
    if (value !== undefined) values.set(index.name, value)
  }
  return values
}

/** The text of an index value; undefined: it is in no list. @throws InvalidArgumentError that begins with `what` */
export function indexText(what: string, value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  if (typeof value === 'string' && !/\p{Cs}/u.test(value)) return value
  throw new InvalidArgumentError(
    `${what} is ${quoted(value)}; it must be a text, a number, or undefined, null or '' for none.`,
  )
}

function declare(kind: string, name: string, select: unknown): DeclaredIndex {
  if (!namePattern.test(name)) {
    throw new InvalidArgumentError(`The index ${quoted(name)} must be called by A-Z a-z 0-9 . _ and -.`)
  }
  if (typeof select !== 'function') {
    throw new InvalidArgumentError(`indexes.${name} must be a function of the state.`)
  }
  const run = select as (state: State) => unknown
  return {
    name,
    valueOf(state) {
      let value: unknown
      try {
        value = run(state)
      } catch (cause) {
        throw new InvalidArgumentError(
          `The function of the index "${name}" of the ${kind} scope threw (the cause); nothing was written. It must give a value for every state.`,
          { cause },
        )
      }
      return indexText(`The index "${name}" of the ${kind} scope`, value)
    },
  }
}
