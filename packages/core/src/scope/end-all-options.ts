import { checkOptions } from '../definition/check-options.ts'
import type { ScopeDefinition } from '../definition/define-scope.ts'
import { type DeclaredIndex, type IndexTypes, indexText } from '../definition/indexes.ts'
import { InvalidArgumentError } from '../errors.ts'
import { quoted } from '../value/quoted.ts'
import { checkText } from './check-text.ts'
import { Scope } from './scope.ts'

/** Which scopes end together. */
export interface EndAllOptions<S extends object, I extends IndexTypes, Name extends keyof I & string> {
  /** The name of an index of the definition. */
  readonly index: Name
  /** All that have this value end. */
  readonly value: NonNullable<I[Name]>
  /** This one does not, nor what a rotation makes of it. */
  readonly except?: Scope<S> | string | undefined
  /** Why, in the application's words; as of `end`. */
  readonly detail?: string | undefined
}

/** The options, checked. */
export interface CheckedEndAll {
  readonly index: DeclaredIndex
  readonly value: string
  readonly exceptId: string | undefined
  readonly exceptLife: string | undefined
  readonly detail: string | undefined
}

const knownOptions: ReadonlySet<string> = new Set(['index', 'value', 'except', 'detail'])

/** @throws InvalidArgumentError that names the option */
export function checkEndAll(
  { kind, indexes }: ScopeDefinition,
  options: {
    readonly index: unknown
    readonly value: unknown
    readonly except?: unknown
    readonly detail?: string | undefined
  },
): CheckedEndAll {
  checkOptions('endAll', options, knownOptions)
  const index = indexes.find(({ name }) => name === options.index)
  if (index === undefined) {
    const known = indexes.length > 0 ? `it has ${indexes.map(({ name }) => name).join(', ')}` : 'it has none'
    throw new InvalidArgumentError(`The definition of ${kind} has no index ${quoted(options.index)}; ${known}.`)
  }
  const value = indexText('The value of endAll', options.value)
  if (value === undefined)
    throw new InvalidArgumentError('endAll takes a value; nothing is found by undefined, null or an empty text.')
  const { except, detail } = options
  if (except !== undefined && typeof except !== 'string' && !(except instanceof Scope)) {
    throw new InvalidArgumentError(`except is ${quoted(except)}; it must be a scope or an id.`)
  }
  checkText('detail', detail)
  const exceptId = except instanceof Scope ? except.id : except
  return { index, value, exceptId, exceptLife: except instanceof Scope ? except.life : undefined, detail }
}
