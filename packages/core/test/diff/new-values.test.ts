import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { foldDiffs } from '../../src/diff/apply.ts'
import { type FoldedCommit, newValuesSince } from '../../src/diff/new-values.ts'
import { record } from '../../src/draft/record.ts'
import { captureRoot } from '../../src/value/plain-data.ts'
import { propertySettings } from '../document/property-settings.ts'
import { randomEdit, randomState, runEdit } from './random-edits.ts'

// The environment may ask for many more runs.
vi.setConfig({ testTimeout: 300_000 })

describe('new values since a base (merge rule 14)', () => {
  it('include what later commits edited of them, and nothing that was new before', () => {
    const base = captureRoot({ u: { id: 1 }, v: {} })
    const commits = chain(base, [
      (draft: { v: Record<string, unknown> }) => void (draft.v = { fresh: true, list: [{ a: 1 }] }),
      (draft: { u: unknown }) => void (draft.u = { id: 2 }),
      (draft: { u: Record<string, unknown>; v: Record<string, unknown> }) => {
        draft.u['seen'] = true
        draft.v['seen'] = true
      },
    ])
    const last = commits[2]?.state as { u: object; v: object }
    expect(newValuesSince(base, commits).has(last.u)).toBe(true)
    expect(newValuesSince(base, commits).has(last.v)).toBe(true)
    const later = newValuesSince(commits[0]?.state ?? base, commits.slice(1))
    expect(later.has(last.u)).toBe(true)
    expect(later.has(last.v)).toBe(false)
  })

  it('are the same, commit by commit, as those of one fold', () => {
    let marked = 0
    fc.assert(
      fc.property(randomState, fc.array(randomEdit, { minLength: 2, maxLength: 4 }), (make, edits) => {
        const base = captureRoot(make())
        const commits = chain(
          base,
          edits.map(edit => (draft: object) => runEdit(draft, edit)),
        )
        const last = commits.at(-1)?.state ?? base
        const folded = foldDiffs(
          commits.map(({ diff }) => diff),
          base,
        )
        const paths = pathsOf(last, newValuesSince(base, commits))
        expect(paths).toEqual(pathsOf(folded.state, folded.newValues))
        marked += paths.length
      }),
      propertySettings(60),
    )
    expect(marked).toBeGreaterThan(0)
  })
})

function chain(base: FoldedCommit['state'], recipes: readonly ((draft: never) => unknown)[]): FoldedCommit[] {
  const commits: FoldedCommit[] = []
  for (const recipe of recipes) {
    const recorded = record(commits.at(-1)?.state ?? base, recipe)
    if (recorded) commits.push(recorded)
  }
  return commits
}

/** Where the containers of the set stand in the value. */
function pathsOf(value: unknown, marked: ReadonlySet<object>, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return []
  const here = marked.has(value) ? [path] : []
  const parts = value instanceof Map ? [...value] : value instanceof Set ? [] : Object.entries(value)
  return [...here, ...parts.flatMap(([key, part]) => pathsOf(part, marked, `${path}/${String(key)}`))]
}
