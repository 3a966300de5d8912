import type { State } from '../value/plain-data.ts'
import { InvalidArgumentError } from '../errors.ts'
import { checkName } from '../document/scope-key.ts'
import { type Immutable, captureRoot } from '../value/plain-data.ts'
import { quoted } from '../value/quoted.ts'
import type { MergePolicy } from '../merge/policy.ts'
import { type PolicyPlace, compilePolicies, noPolicies } from '../merge/policy-table.ts'
import { checkOptions } from './check-options.ts'
import { type DeclaredIndex, type IndexTypes, type NoIndexTypes, declareIndexes, noIndexes } from './indexes.ts'
import { type Duration, type Lifetime, durationMs } from './lifetime.ts'
import { type StandardSchema, type StateCheck, stateCheck } from './schema.ts'
import { type SchemaSteps, type SchemaVersions, schemaVersions } from './schema-version.ts'

/** How a kind of scope is declared. */
export interface ScopeOptions<S extends object, I extends IndexTypes = IndexTypes> {
  /** Names the kind, in keys and changes: `[A-Za-z0-9._-]`; `lock`, `index` and `end` are reserved. */
  readonly kind: string
  /** The value of a scope that nobody has changed yet. Called anew for each. */
  readonly initial: () => S
  /** The scope ends when it was not used for so long. Absent: it does not. */
  readonly idle?: Duration
  /** The scope ends so long after its creation, used or not. Absent: it does not. */
  readonly absolute?: Duration
  /**
   * How long an end waits in the store for its `scopes.onEnd` handlers: the longest time without a process that has them.
   * Absent or 0: the kind has no such handlers.
   */
  readonly keepEnds?: Duration
  /** The version of the shape of the state, a whole number from 1 on (default 1). docs/shapes.md. */
  readonly version?: number
  /** For each version below `version` the function that makes the next shape of it: `{ 1: old => ({ ...old, cart: [] }) }`. */
  readonly upcast?: SchemaSteps
  /**
   * Only while processes run that know an older version: for each version from the oldest of them on the function that
   * makes it of the next one: `{ 1: ({ cart, ...old }: V2) => old }`. Until it is removed the oldest shape is written.
   */
  readonly downcast?: SchemaSteps | undefined
  /** Checks every state before it is stored; a Standard Schema of zod, valibot, arktype or others, synchronous. */
  readonly schema?: StandardSchema
  /**
   * How changes of two commits to the same place become one, by pattern; see `MergePolicy`. A pattern is the segments of a
   * path joined by `.` (`\\.` in a key); `*` is any one segment, a leading or trailing `**` any number. The longest match
   * counts. Default, everywhere: `lastWriter()`.
   */
  readonly merge?: Readonly<Record<string, MergePolicy>>
  /**
   * What scopes of this kind are found by: `scopes.endAll(Session, { index: 'user', value })` ends all that have the value. A
   * function of the state that depends on nothing else; `undefined`, `null` and `''` are in no list. All processes declare the
   * same: a scope is found by what was written while it was declared. docs/sessions-of-one-user.md.
   */
  readonly indexes?: { readonly [Name in keyof I]: (state: Immutable<S>) => I[Name] }
  readonly limits?: {
    /** The most bytes that the encoded state may have; default 1,000,000. */
    readonly bytes?: number
  }
}

/** A declared kind of scope: what `defineScope` returns and `open` takes. */
export interface ScopeDefinition<S extends object = object, I extends IndexTypes = IndexTypes> {
  readonly kind: string
  readonly lifetime: Lifetime
  /** Milliseconds; 0: no handlers. */
  readonly keepEndsMs: number
  readonly schemaVersion: number
  readonly versions: SchemaVersions
  readonly byteLimit: number
  /** What `merge` says, to be asked from the root of a state down. */
  readonly policies: PolicyPlace
  /** A fresh initial value, checked, copied and frozen. @throws InvalidStateError when it holds what cannot be stored. */
  initialState(): State
  /** @throws InvalidStateError with `issues` when the state is not as the schema says. */
  readonly checkState: StateCheck
  /** What `indexes` says. */
  readonly indexes: readonly DeclaredIndex[]
  /** Carries the type of the state; there is no such property at run time. */
  readonly stateType?: S
  /** Carries the types of the values of its indexes; there is no such property at run time. */
  readonly indexTypes?: I
}

/** The type of the state of a definition. */
export type StateOf<D> = D extends ScopeDefinition<infer S> ? S : never

const knownOptions: ReadonlySet<string> = new Set([
  'kind',
  'initial',
  'idle',
  'absolute',
  'keepEnds',
  'version',
  'upcast',
  'downcast',
  'schema',
  'merge',
  'indexes',
  'limits',
])
const knownLimits: ReadonlySet<string> = new Set(['bytes'])

/**
 * Declares a kind of scope. Declare each kind once, in a module that everybody imports.
 *
 * ```ts
 * const Session = defineScope({ kind: 'session', initial: () => ({ hits: 0 }), idle: '30m', absolute: '12h' })
 * ```
 * @throws InvalidArgumentError that names the option which is not allowed.
 */
export function defineScope<S extends object, I extends IndexTypes = NoIndexTypes>(
  options: ScopeOptions<S, I>,
): ScopeDefinition<S, I> {
  checkOptions('defineScope', options, knownOptions)
  checkName('kind', options.kind)
  if (typeof options.initial !== 'function') {
    throw new InvalidArgumentError('initial must be a function that returns the first value of a scope.')
  }
  const lifetime: Lifetime = {
    idleMs: 'idle' in options ? durationMs('idle', options.idle) : undefined,
    absoluteMs: 'absolute' in options ? durationMs('absolute', options.absolute) : undefined,
  }
  if ((lifetime.absoluteMs ?? Infinity) < (lifetime.idleMs ?? 0)) {
    throw new InvalidArgumentError(
      'absolute is shorter than idle: the scope would always end before it is idle. Give a longer absolute, or leave idle out.',
    )
  }
  const { kind, initial, version = 1, upcast, downcast, schema, limits = {} } = options
  checkOptions('limits', limits, knownLimits)
  const schemaVersion = wholeNumber('version', version)
  return Object.freeze({
    kind,
    lifetime: Object.freeze(lifetime),
    keepEndsMs: 'keepEnds' in options && options.keepEnds !== 0 ? durationMs('keepEnds', options.keepEnds) : 0,
    schemaVersion,
    versions: schemaVersions(kind, { version: schemaVersion, upcast, downcast }),
    indexes: 'indexes' in options ? declareIndexes(kind, options.indexes) : noIndexes,
    policies: 'merge' in options ? compilePolicies(options.merge) : noPolicies,
    byteLimit: wholeNumber('limits.bytes', limits.bytes ?? 1_000_000),
    initialState: () => captureRoot(initial()),
    checkState: 'schema' in options ? stateCheck(kind, schema) : () => {},
  })
}

function wholeNumber(option: string, value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value
  throw new InvalidArgumentError(`${option} is ${quoted(value)}; it must be a whole number from 1 on.`)
}
