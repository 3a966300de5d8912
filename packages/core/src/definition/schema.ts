import { InvalidArgumentError, InvalidStateError, type StateIssue } from '../errors.ts'
import { deepEqual } from '../value/equal.ts'
import { type PlainObject, kindOf } from '../value/kind.ts'
import { type Path, type PathSegment, formatPath } from '../value/path.ts'
import type { State } from '../value/plain-data.ts'

/** A Standard Schema, version 1, as zod, valibot and arktype make them. Its types may say more. */
export interface StandardSchema {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    /** Validates at once: a schema that answers with a promise cannot be used for a scope. */
    readonly validate: (value: unknown) => SchemaResult | Promise<SchemaResult>
  }
}

/** What a Standard Schema answers. */
export type SchemaResult =
  { readonly value: unknown; readonly issues?: undefined } | { readonly issues: readonly SchemaIssue[] }

/** One thing that a Standard Schema does not accept. */
export interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** Throws unless the state may be stored. */
export type StateCheck = (state: State) => void

/**
 * The check that a schema makes of each state before it is stored. It only says yes or no: a schema that would store
 * something else (a default, a transformation, an unknown key dropped) is refused at the state that it would change,
 * because the value of the writer is the one that everybody reads.
 * @throws InvalidArgumentError when it is no Standard Schema.
 */
export function stateCheck(kind: string, schema: unknown): StateCheck {
  if (!isStandardSchema(schema)) {
    throw new InvalidArgumentError('schema must be a Standard Schema: an object with "~standard", such as one of zod.')
  }
  return state => {
    const result = run(kind, schema, state)
    if (result.issues) throw invalid(kind, result.issues.map(toIssue))
    if (deepEqual(state, result.value)) return
    const message = 'the schema would store another value; let it only check, and set defaults in initial and upcast'
    throw invalid(kind, [{ message, path: firstDifference(state, result.value) }])
  }
}

function isStandardSchema(schema: unknown): schema is StandardSchema {
  if ((typeof schema !== 'object' && typeof schema !== 'function') || schema === null) return false
  const standard = (schema as Partial<StandardSchema>)['~standard']
  return typeof standard === 'object' && standard.version === 1 && typeof standard.validate === 'function'
}

function run(kind: string, schema: StandardSchema, state: State): SchemaResult {
  let result: SchemaResult | Promise<SchemaResult>
  try {
    result = schema['~standard'].validate(state)
  } catch (cause) {
    throw new InvalidStateError(
      `The schema of the ${kind} scope threw (the cause) in place of giving issues; nothing was written.`,
      { path: [], cause },
    )
  }
  if (!('then' in result)) return result
  // Nobody waits for it: that it fails must not end the process.
  void result.then(undefined, () => undefined)
  throw new InvalidArgumentError(
    `The schema of the ${kind} scope validates asynchronously. A commit is computed at once: use a synchronous schema.`,
  )
}

function invalid(kind: string, issues: readonly StateIssue[]): InvalidStateError {
  const named = issues.slice(0, 5).map(({ path, message }) => `${formatPath(path)}: ${message}`)
  const more = issues.length > named.length ? `; and ${issues.length - named.length} more` : ''
  return new InvalidStateError(`The ${kind} scope would not be as its schema says. ${named.join('; ')}${more}`, {
    path: issues[0]?.path ?? [],
    issues,
  })
}

function toIssue({ message, path = [] }: SchemaIssue): StateIssue {
  return { message, path: Array.from(path, part => toSegment(typeof part === 'object' ? part.key : part)) }
}

function toSegment(key: PropertyKey): PathSegment {
  return typeof key === 'symbol' ? String(key) : key
}

/** Where two states that are not equal differ, as deep as one place says it all. */
function firstDifference(left: unknown, right: unknown, path: Path = []): Path {
  const kind = kindOf(left)
  if (kind !== kindOf(right) || (kind !== 'object' && kind !== 'array')) return path
  const [mine, other] = [left as PlainObject, right as PlainObject]
  const key = Object.keys({ ...mine, ...other }).find(name => !deepEqual(mine[name], other[name]))
  if (key === undefined) return path
  return firstDifference(mine[key], other[key], [...path, kind === 'array' ? Number(key) : key])
}
