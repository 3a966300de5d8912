import { type DraftBase, computeDraft, isUnchanged } from '../commit/merge-draft.ts'
import type { ComposeBase, Computed } from '../commit/pending-commit.ts'
import { type Recorded, record } from '../draft/record.ts'
import { checkOptions } from '../definition/check-options.ts'
import { ConflictError, InvalidArgumentError } from '../errors.ts'
import { quoted } from '../value/quoted.ts'
import { type CommitIntent, type UpdateOptions, commitOptions } from './commit-intent.ts'
import type { ScopeState } from './scope-state.ts'

/** The first run of a recipe. */
interface First {
  readonly base: DraftBase
  readonly recorded: Recorded | undefined
  /** The last version before the base that is stored: those of the same request, refused with it, never were. */
  readonly storedVersion: number
}

/** The commit that a recipe makes: computed by running it, again or merged after a conflict, as the options say. */
export function updateIntent(
  state: ScopeState,
  recipe: (draft: never) => unknown,
  options: UpdateOptions,
): CommitIntent {
  if (typeof recipe !== 'function') {
    throw new InvalidArgumentError(`update takes a function that changes a draft, not ${quoted(recipe)}.`)
  }
  checkOptions('update', options, commitOptions)
  const { onConflict = 'rerun', attempts, signal } = options
  if (onConflict !== 'rerun' && onConflict !== 'merge' && onConflict !== 'fail') {
    throw new InvalidArgumentError(`onConflict is ${quoted(onConflict)}; it must be 'rerun', 'merge' or 'fail'.`)
  }
  let first: First | undefined
  return {
    attempts,
    signal,
    compute: (on: ComposeBase): Computed | undefined => {
      if (onConflict === 'rerun' || first === undefined) {
        const recorded = run(state, recipe, on)
        const { state: base, version, commitId, preceding } = on
        if (onConflict !== 'rerun') {
          first = { base: { state: base, version, commitId }, recorded, storedVersion: version - preceding.length }
        }
        return recorded && { recorded, baseVersion: version, isMerged: false, conflicts: [] }
      }
      if (onConflict === 'fail' && !isUnchanged(first.base, on)) {
        throw new ConflictError(
          `Others changed ${state.documentKey} since it was read, and onConflict is 'fail'; nothing was written. Look at the new value, and update again.`,
          { attempts: 0 },
        )
      }
      const { base, recorded, storedVersion } = first
      if (recorded === undefined) return undefined
      const computed = computeDraft({ base, recorded, policies: state.definition.policies }, on)
      return computed.isMerged ? { ...computed, baseVersion: storedVersion } : computed
    },
  }
}

function run(state: ScopeState, recipe: (draft: never) => unknown, { state: base }: ComposeBase): Recorded | undefined {
  state.isRecording = true
  try {
    return record(base, recipe, state.definition.policies)
  } finally {
    state.isRecording = false
  }
}
