import { CaseFileError } from './case-file-error.ts'
import { checkPolicies } from './case-policies.ts'
import { type Step, caseSteps } from './case-steps.ts'
import { caseValue } from './case-value.ts'

/** One worked case, in what it expects. */
export type MergeCase = MergedCase | FailedCase | RefusedCase | DefinitionCase

/** Both sides change the base, ours is merged into theirs. */
export interface Changes {
  readonly name: string
  /** The state that both start from, anew at each call. */
  readonly base: () => object
  readonly ours: readonly Step[]
  /** The commits that won, in version order. */
  readonly theirs: readonly (readonly Step[])[]
  readonly policies: Readonly<Record<string, unknown>>
  /** The frames since the base are gone when ours is merged. */
  readonly isCompacted: boolean
}

/** The merge comes to a value. */
export interface MergedCase extends Changes {
  readonly type: 'merged'
  readonly expected: unknown
  /** What is announced, in any order; undefined: that is not compared. */
  readonly conflicts: readonly Readonly<Record<string, unknown>>[] | undefined
}

/** A policy fails or rejects: the commit of ours does. */
export interface FailedCase extends Changes {
  readonly type: 'failed'
  readonly code: 'conflict' | 'policy' | 'value'
  readonly path: readonly unknown[] | undefined
}

/** Ours cannot be committed at all, whatever the others did. */
export interface RefusedCase extends Changes {
  readonly type: 'refused'
  /** Of the value that cannot be stored, where it is one. */
  readonly path: readonly unknown[] | undefined
}

/** What `defineScope` says to policies. */
export interface DefinitionCase {
  readonly type: 'definition'
  readonly name: string
  readonly policies: Readonly<Record<string, unknown>>
  readonly isAccepted: boolean
}

/** The cases of a file. @throws CaseFileError that names the case and what is wrong with it. */
export function readCaseFile(text: string): readonly MergeCase[] {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new CaseFileError(`The file is no JSON: ${(cause as Error).message}`, { cause })
  }
  const cases = isObject(json) ? json['cases'] : undefined
  if (!Array.isArray(cases) || cases.length === 0)
    throw new CaseFileError('The file has no list "cases", or an empty one.')
  return cases.map((example: unknown, index) => {
    try {
      return readCase(example)
    } catch (cause) {
      if (!(cause instanceof CaseFileError)) throw cause
      const name = isObject(example) && typeof example['name'] === 'string' ? ` (${example['name']})` : ''
      throw new CaseFileError(`Case ${index + 1}${name}: ${cause.message}.`, { cause })
    }
  })
}

type Json = Readonly<Record<string, unknown>>

const outcomes = ['expect', 'error', 'refused', 'definition'] as const

function readCase(example: unknown): MergeCase {
  if (!isObject(example)) throw new CaseFileError('it is no object')
  const given = outcomes.filter(outcome => outcome in example)
  const [outcome] = given
  if (outcome === undefined || given.length > 1) {
    throw new CaseFileError(`it must have one of ${outcomes.join(', ')}, and has ${given.join(' and ') || 'none'}`)
  }
  switch (outcome) {
    case 'expect':
      return readMerged(example)
    case 'error':
      return { ...readChanges(example), ...readError(objectIn(example, 'error')) }
    case 'refused':
      return { ...readChanges(example), type: 'refused', path: pathIn(objectIn(example, 'refused')) }
    case 'definition':
      return readDefinition(example)
    default:
      return outcome satisfies never
  }
}

function readMerged(example: Json): MergedCase {
  const { expect, conflicts } = example
  if (conflicts !== undefined && !(Array.isArray(conflicts) && conflicts.every(isConflict))) {
    throw new CaseFileError('"conflicts" must be a list of objects with a path')
  }
  return {
    ...readChanges(example),
    type: 'merged',
    expected: caseValue(expect),
    conflicts: conflicts?.map(conflict => caseValue(conflict) as Json),
  }
}

function isConflict(conflict: unknown): conflict is Json {
  return isObject(conflict) && Array.isArray(conflict['path'])
}

function readChanges(example: Json): Changes {
  const { ours = [], theirs = [], policies = {}, history } = example
  const base = objectIn(example, 'base')
  if (!isObject(caseValue(base))) throw new CaseFileError('"base" must be an object')
  if (!Array.isArray(theirs)) throw new CaseFileError('"theirs" must be a list of commits')
  if (!isObject(policies)) throw new CaseFileError('"policies" must be an object')
  if (history !== undefined && history !== 'compacted') throw new CaseFileError('"history" can only be "compacted"')
  checkPolicies(policies)
  return {
    name: nameOf(example),
    base: () => caseValue(base) as object,
    ours: caseSteps(ours),
    theirs: theirs.map(caseSteps),
    policies,
    isCompacted: history === 'compacted',
  }
}

function readError(error: Json): Pick<FailedCase, 'type' | 'code' | 'path'> {
  const { code } = error
  if (code !== 'conflict' && code !== 'policy' && code !== 'value') {
    throw new CaseFileError(`"error" has the code ${JSON.stringify(code)}; it can be conflict, policy or value`)
  }
  return { type: 'failed', code, path: pathIn(error) }
}

function readDefinition(example: Json): DefinitionCase {
  const { definition } = example
  if (definition !== 'ok' && definition !== 'error') throw new CaseFileError('"definition" must be "ok" or "error"')
  const policies = objectIn(example, 'policies')
  return { type: 'definition', name: nameOf(example), policies, isAccepted: definition === 'ok' }
}

function nameOf({ name }: Json): string {
  if (typeof name === 'string' && name !== '') return name
  throw new CaseFileError('it has no name')
}

function pathIn({ path }: Json): readonly unknown[] | undefined {
  if (path !== undefined && !Array.isArray(path)) throw new CaseFileError('a path must be a list')
  return path?.map(caseValue)
}

function objectIn(example: Json, key: string): Json {
  const value = example[key]
  if (isObject(value)) return value
  throw new CaseFileError(`"${key}" must be an object`)
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
