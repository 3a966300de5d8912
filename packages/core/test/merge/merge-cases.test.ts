import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { foldDiffs } from '../../src/diff/apply.ts'
import { type Recorded, record } from '../../src/draft/record.ts'
import { InvalidStateError } from '../../src/errors.ts'
import type { MergeConflict } from '../../src/merge/conflict.ts'
import { merge } from '../../src/merge/merge.ts'
import { deepEqual } from '../../src/value/equal.ts'
import { type State, captureRoot } from '../../src/value/plain-data.ts'
import { type Step, applySteps, reviveValue } from './steps.ts'

interface MergeCase {
  readonly name: string
  readonly base: unknown
  readonly ours?: readonly Step[]
  readonly theirs?: readonly (readonly Step[])[]
  readonly policies?: unknown
  readonly history?: 'compacted'
  readonly expect?: unknown
  readonly conflicts?: readonly Record<string, unknown>[]
  readonly refused?: { readonly path?: readonly unknown[] }
}

const file = new URL('../../../../../shared/merge-cases.json', import.meta.url)

describe.skipIf(!existsSync(file))(
  'the worked merge cases (skipped where shared/merge-cases.json is not at hand)',
  () => {
    for (const example of readCases()) {
      const reason = reasonToSkip(example)
      if (reason !== undefined) it.skip(`${example.name} (${reason})`, () => undefined)
      else if (example.refused) it(example.name, () => expectRefusal(example))
      else it(example.name, () => expectMerge(example))
    }
  },
)

function readCases(): readonly MergeCase[] {
  if (!existsSync(file)) return []
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly cases: readonly MergeCase[] }).cases
}

function reasonToSkip({ policies }: MergeCase): string | undefined {
  return policies === undefined ? undefined : 'policies are not built yet'
}

function expectRefusal({ base, ours = [], refused }: MergeCase): void {
  const state = captureRoot(reviveValue(base))
  let caught: unknown
  try {
    record(state, draft => applySteps(draft, ours))
  } catch (error) {
    caught = error
  }
  expect(caught).toBeInstanceOf(InvalidStateError)
  if (refused?.path) expect((caught as InvalidStateError).path).toEqual(refused.path)
}

function expectMerge({ base, ours = [], theirs = [], history, expect: expected, conflicts = [] }: MergeCase): void {
  const state = captureRoot(reviveValue(base))
  const our = record(state, draft => applySteps(draft, ours))
  if (our === undefined) throw new Error('ours records a change in every case')
  const their = winners(state, theirs)
  const merged = merge({
    base: state,
    ours: our,
    theirs:
      history === 'compacted'
        ? { state: captureRoot(structuredClone(their.state)), newValues: undefined }
        : foldDiffs(their.diffs, state),
  })
  const result = merged.recorded?.state ?? their.state
  expect(result).toEqual(reviveValue(expected))
  expect(deepEqual(result, captureRoot(reviveValue(expected)))).toBe(true)
  expect(sorted(merged.conflicts.map(asExpected))).toEqual(sorted(conflicts.map(reviveConflict)))
}

function winners(base: State, theirs: readonly (readonly Step[])[]): { state: State; diffs: Recorded['diff'][] } {
  const diffs: Recorded['diff'][] = []
  let state = base
  for (const steps of theirs) {
    const recorded = record(state, draft => applySteps(draft, steps))
    if (recorded === undefined) continue
    diffs.push(recorded.diff)
    state = recorded.state
  }
  return { state, diffs }
}

function asExpected({ path, kind, base, ours, theirs, policy, result }: MergeConflict): Record<string, unknown> {
  return { path, kind, base, ours, theirs, policy, result }
}

function reviveConflict(conflict: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(conflict).map(([key, value]) => [key, reviveValue(value)]))
}

function sorted(conflicts: readonly Record<string, unknown>[]): readonly Record<string, unknown>[] {
  return conflicts.toSorted((left, right) => (JSON.stringify(left['path']) < JSON.stringify(right['path']) ? -1 : 1))
}
