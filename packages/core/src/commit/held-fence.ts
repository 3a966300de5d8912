import { type Fence, fencesOf, isFenced, raised } from '../document/fences.ts'
import type { CommitRecord, ScopeDocument } from '../document/scope-document.ts'
import { LockLostError } from '../errors.ts'
import type { CommitTarget } from './commit-target.ts'
import type { Writer } from './write.ts'

/** A lock that is held while something is written. */
export interface HeldFence extends Fence {
  /** `raise`: of an exclusive lock. `check`: of readers, who may not shut each other out (lease protocol L9). `none`: of one of several. */
  readonly effect: 'raise' | 'check' | 'none'
  /** @throws LockLostError when the lock is held no more */
  mustHold(): void
}

/**
 * Nothing is written in the name of a lock that is lost, and nothing over the write of a later holder (lease protocol L8).
 * @param more commits that the same request brings before
 * @throws LockLostError
 */
export function mustNotBeFenced(
  { documentKey }: Pick<CommitTarget, 'documentKey'>,
  fences: readonly HeldFence[],
  document: ScopeDocument | undefined,
  more: readonly CommitRecord[] = [],
): void {
  for (const fence of fences) fence.mustHold()
  const stored = more.reduce((before, record) => raised(before, record.fences), document && fencesOf(document))
  for (const { lock, token, effect } of fences) {
    if (effect === 'none' || !isFenced(stored, { lock, token })) continue
    throw new LockLostError(
      `A later holder of a lock has written to ${documentKey}; nothing was written over it. Take the lock again and open the scope in its body.`,
      {
        lock,
      },
    )
  }
}

/** What a commit under these locks leaves in its frame. */
export function raisedBy(fences: readonly HeldFence[] | undefined): readonly Fence[] | undefined {
  return fences?.flatMap(({ lock, token, effect }) => (effect === 'raise' ? [{ lock, token }] : []))
}

/** The writer, asked each time that it computes whether the locks allow it. A repeat is on the state that they allowed it on. */
export function fenced(
  target: Pick<CommitTarget, 'documentKey'>,
  writer: Writer,
  fences: readonly HeldFence[] | undefined,
): Writer {
  if (fences === undefined) return writer
  return {
    compose: view => {
      mustNotBeFenced(target, fences, view?.document)
      return writer.compose(view)
    },
    repeat: view => writer.repeat(view),
    landed: count => writer.landed(count),
  }
}
