import { type Immutable, captureRoot } from '../value/plain-data.ts'
import { type Draft, type RecordingDraft, openDraft } from './record.ts'

/** A draft of a state that is in no store: what keeps it elsewhere, such as a cookie, decides what becomes of the changes. */
export interface StateDraft<S extends object> {
  /** To be changed like a plain object; it throws after `finish` or `discard`, and so does what was taken from it. */
  readonly value: Draft<S>
  /**
   * The state with the changes so far, frozen: the same object as long as nothing changes.
   * @throws InvalidStateError when it holds what no scope can.
   */
  readonly current: Immutable<S>
  /**
   * Afterwards the draft is closed. @returns the state with its changes, frozen
   * @throws InvalidStateError when it holds what no scope can; the changes are lost then.
   */
  finish(): Immutable<S>
  /** Afterwards the draft is closed, and `current` is the state that it began with. */
  discard(): void
}

/**
 * A draft of `state`, under the rules of every draft: values of a closed list, copied, refused by their path.
 * @throws InvalidStateError when the state itself is none
 */
export function draftState<S extends object>(state: S): StateDraft<S> {
  const base = captureRoot(state)
  let draft: RecordingDraft<S> | undefined = openDraft<S>(base)
  let shown = base as Immutable<S>
  const close = (): RecordingDraft<S> | undefined => {
    const closing = draft
    draft = undefined
    return closing
  }
  const { value } = draft
  return {
    value,
    get current() {
      return (draft?.peek()?.state as Immutable<S> | undefined) ?? shown
    },
    finish() {
      shown = (close()?.finish()?.state as Immutable<S> | undefined) ?? shown
      return shown
    },
    discard: () => close()?.discard(),
  }
}
