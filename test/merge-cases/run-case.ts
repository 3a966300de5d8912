import { inspect } from 'node:util'
import {
  ConflictError,
  InvalidArgumentError,
  InvalidStateError,
  PolicyError,
  type Scope,
  type ScopeConflict,
  type Scopes,
  ScopesError,
  defineScope,
  memoryStore,
  openScopes,
} from '@scopes/core'
import type { Changes, DefinitionCase, FailedCase, MergeCase, MergedCase, RefusedCase } from './case-file.ts'
import { casePolicies } from './case-policies.ts'
import type { Step } from './case-steps.ts'
import { deepEqual } from './deep-equal.ts'

/** What did not come out as the case says, in words; nothing: all did. Runs two processes on a store in memory. */
export async function runCase(example: MergeCase): Promise<readonly string[]> {
  try {
    switch (example.type) {
      case 'merged':
        return judgeMerged(example, await runChanges(example))
      case 'failed':
        return judgeFailed(example, await runChanges(example))
      case 'refused':
        return judgeRefused(example, await runChanges(example))
      case 'definition':
        return judgeDefinition(example)
      default:
        return example satisfies never
    }
  } catch (error) {
    return [`it could not be run: ${error instanceof Error ? error.message : String(error)}`]
  }
}

/** How the commit of ours went. */
interface Outcome {
  /** What it, or a step before it, was refused with. */
  readonly error: unknown
  /** As the handle of ours shows it afterwards. */
  readonly shown: unknown
  /** As another process reads it. */
  readonly stored: unknown
  readonly storedVersion: number
  /** The value after theirs, and its version. */
  readonly before: unknown
  readonly versionBefore: number
  readonly conflicts: readonly ScopeConflict[]
  /** What the commit of ours made, if it wrote. */
  readonly commitId: string | undefined
}

type AnyScope = Scope<object>

async function runChanges(example: Changes): Promise<Outcome> {
  const kind = 'case'
  // No case has it, so that the first commit, which makes the base, is one even where the base is empty.
  const initial = (): object => ({ 'not created': true })
  const definition = defineScope({ kind, initial, merge: casePolicies(example.policies) })
  const store = memoryStore()
  const conflicts: ScopeConflict[] = []
  const [here, there] = [await process('ours', store), await process('theirs', store)]
  here.conflicts$.subscribe(conflict => conflicts.push(conflict))
  try {
    const theirs = await there.open(definition, 'scope')
    await theirs.update(draft => {
      Reflect.deleteProperty(draft, 'not created')
      Object.assign(draft, example.base())
    })
    const ours = await here.open(definition, 'scope')
    const draft = ours.draft()
    const refusal = await refusalOf(() => runSteps(draft.value, example.ours))
    for (const steps of example.theirs) {
      const winner = theirs.draft()
      runSteps(winner.value, steps)
      await winner.commit()
    }
    if (example.isCompacted) await forgetHistory(theirs, ours.version)
    const [before, versionBefore] = [theirs.value, theirs.version]
    let commitId: string | undefined
    const error = refusal ?? (await refusalOf(async () => ({ commitId } = await draft.commit())))
    const reader = await there.open(definition, 'scope')
    const { value: stored, version: storedVersion } = reader
    return { error, shown: ours.value, stored, storedVersion, before, versionBefore, conflicts, commitId }
  } finally {
    await here.close()
    await there.close()
  }
}

function process(name: string, store: ReturnType<typeof memoryStore>): Promise<Scopes> {
  return openScopes({ application: 'cases', process: name, store })
}

function runSteps(draft: object, steps: readonly Step[]): void {
  for (const step of steps) step(draft)
}

/** Only the library's own refusals count: what else is thrown says that the case cannot be run. */
async function refusalOf(action: () => unknown): Promise<unknown> {
  try {
    await action()
    return undefined
  } catch (error) {
    if (error instanceof ScopesError) return error
    throw error
  }
}

/** Afterwards the document holds the same value, and no frame since this version any more: commits have pushed them out. */
async function forgetHistory(theirs: AnyScope, version: number): Promise<void> {
  const filler = 'pushes the history out'
  for (let round = 0; isHeld(theirs, version); round++) {
    if (round === 1000) throw new Error('The document does not forget its history.')
    await theirs.update(draft => Reflect.set(draft, filler, `${round}`.padEnd(2000)))
  }
  await theirs.update(draft => Reflect.deleteProperty(draft, filler))
}

function isHeld(scope: AnyScope, version: number): boolean {
  try {
    scope.at(version)
    return true
  } catch (error) {
    if (error instanceof InvalidArgumentError) return false
    throw error
  }
}

function judgeMerged({ expected, conflicts }: MergedCase, outcome: Outcome): readonly string[] {
  if (outcome.error !== undefined) return [`it was refused: ${shown(outcome.error)}`]
  const failures: string[] = []
  for (const [where, value] of [
    ['the handle shows', outcome.shown],
    ['another process reads', outcome.stored],
  ] as const) {
    if (!deepEqual(value, expected)) failures.push(`${where} ${shown(value)} instead of ${shown(expected)}`)
  }
  return conflicts === undefined ? failures : [...failures, ...judgeConflicts(conflicts, outcome)]
}

function judgeConflicts(expected: MergedCase['conflicts'] & object, outcome: Outcome): readonly string[] {
  const failures: string[] = []
  const open = [...outcome.conflicts]
  for (const conflict of expected) {
    const index = open.findIndex(announced => matches(announced, conflict))
    if (index >= 0) open.splice(index, 1)
    else failures.push(`it was not announced that ${shown(conflict)}`)
  }
  for (const announced of open) failures.push(`it was announced that ${shown(announced)}`)
  for (const { version, commitId } of outcome.conflicts) {
    if (version === outcome.storedVersion && commitId === outcome.commitId) continue
    failures.push(`a conflict names version ${version} and commit ${commitId}, which is not the one that was stored`)
  }
  return failures
}

/** All that the case says; of the values also that they are absent. */
function matches(announced: ScopeConflict, expected: Readonly<Record<string, unknown>>): boolean {
  const { base, ours, theirs, result, ...others } = expected
  const given: Record<string, unknown> = { ...announced }
  return Object.entries({ base, ours, theirs, result, ...others }).every(([key, value]) => deepEqual(given[key], value))
}

function judgeFailed({ code, path }: FailedCase, outcome: Outcome): readonly string[] {
  const { error, before, versionBefore, stored, storedVersion, conflicts } = outcome
  const failures = []
  const paths = pathsOf(code, error)
  if (paths === undefined) failures.push(`it should fail with ${code}, but ${happened(outcome)}`)
  else if (path && !paths.some(found => deepEqual(found, path))) {
    failures.push(`it fails at ${shown(paths)} instead of ${shown(path)}`)
  }
  if (storedVersion !== versionBefore || !deepEqual(stored, before)) failures.push('it wrote something')
  if (conflicts.length > 0) failures.push(`it announced ${shown(conflicts)}`)
  return failures
}

/** Where it happened; undefined when something else happened. */
function pathsOf(code: FailedCase['code'], error: unknown): readonly (readonly unknown[])[] | undefined {
  switch (code) {
    case 'conflict':
      return error instanceof ConflictError && error.rejected.length > 0
        ? error.rejected.map(({ path }) => path)
        : undefined
    case 'policy':
      return error instanceof PolicyError ? [error.path] : undefined
    case 'value':
      return error instanceof InvalidStateError ? [error.path] : undefined
    default:
      return code satisfies never
  }
}

function judgeRefused({ path }: RefusedCase, outcome: Outcome): readonly string[] {
  const { error } = outcome
  const isRefused = error instanceof InvalidStateError || (path === undefined && error instanceof InvalidArgumentError)
  if (!isRefused) return [`it should be refused, but ${happened(outcome)}`]
  const failures = []
  if (path && error instanceof InvalidStateError && !deepEqual(error.path, path)) {
    failures.push(`it is refused at ${shown(error.path)} instead of ${shown(path)}`)
  }
  if (outcome.storedVersion !== outcome.versionBefore) failures.push('it wrote something')
  return failures
}

function judgeDefinition({ policies, isAccepted }: DefinitionCase): readonly string[] {
  let refusal: unknown
  try {
    defineScope({ kind: 'case', initial: () => ({}), merge: casePolicies(policies) })
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error
    refusal = error
  }
  if (isAccepted === (refusal === undefined)) return []
  return [isAccepted ? `the definition is refused: ${shown(refusal)}` : 'the definition is accepted']
}

function happened({ error, stored }: Outcome): string {
  return error === undefined ? `the value is ${shown(stored)}` : `it fails with ${shown(error)}`
}

function shown(value: unknown): string {
  if (value instanceof Error) return `${value.name}: ${value.message}`
  return inspect(value, { depth: 8, breakLength: Infinity })
}
