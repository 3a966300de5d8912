import { statusName } from '../codec/status.ts'
import type { FailReason, WaitReason } from './stream-state.ts'

/** What a refused stream request means: try again, or never. */
export type Refusal =
  | {
      readonly type: 'wait'
      readonly reason: WaitReason
      /** There is a stream of the vbucket on that connection. */
      readonly mustClose: boolean
    }
  | { readonly type: 'fail'; readonly reason: FailReason }

/** How often a collection may be unknown before it is believed: nodes hear of a new one at different times. */
export const unknownCollectionAttempts = 8

/**
 * What to do after this status, when it was waited so often already. What concerns the user or the collection is the same for all
 * vbuckets; any other refusal is of this one alone, and nobody can say that it will not pass.
 */
export function refusalOf(status: number, attempt: number): Refusal {
  switch (statusName(status)) {
    case 'not-my-vbucket':
      return wait('moved')
    case 'exists':
      return { type: 'wait', reason: 'busy', mustClose: true }
    case 'config-only':
    case 'not-initialized':
    case 'bucket-paused':
    case 'no-memory':
    case 'busy':
    case 'temporary-failure':
      return wait('busy')
    case 'unknown-collection':
    case 'unknown-scope':
      return attempt < unknownCollectionAttempts
        ? wait('unknown-collection')
        : { type: 'fail', reason: 'unknown-collection' }
    case 'no-access':
    case 'stale-authentication':
      return { type: 'fail', reason: 'no-access' }
    default:
      return wait('refused')
  }
}

function wait(reason: WaitReason): Refusal {
  return { type: 'wait', reason, mustClose: false }
}
