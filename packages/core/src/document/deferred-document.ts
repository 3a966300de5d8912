import type { CommitId, Life, LiveDocument } from './scope-document.ts'
import type { DeferredSnapshot } from './snapshot.ts'
import type { State } from '../value/plain-data.ts'

/** What the only frame of a document says of itself. */
export interface OnlyFrame extends Pick<
  LiveDocument,
  'life' | 'version' | 'commitId' | 'deadline' | 'snapshotBytes' | 'snapshotChecksum'
> {}

/** The document of a snapshot alone, whose state is made when it is first read. Not to be spread: the states are no own properties. */
export class DeferredDocument implements LiveDocument {
  readonly type = 'live'
  readonly life: Life
  readonly version: number
  readonly commitId: CommitId
  readonly deadline: number
  readonly facts: LiveDocument['facts']
  readonly snapshotVersion: number
  readonly snapshotIds: readonly CommitId[]
  readonly snapshotBytes: number
  readonly snapshotChecksum: number
  readonly tail: LiveDocument['tail'] = []
  readonly tailBytes = 0
  /** The state, or where it is made from: the bytes are let go then. */
  #state: { readonly made: State } | { readonly make: () => State }

  constructor(frame: OnlyFrame, { ids, facts, state }: DeferredSnapshot) {
    this.life = frame.life
    this.version = frame.version
    this.commitId = frame.commitId
    this.deadline = frame.deadline
    this.facts = facts
    this.snapshotVersion = frame.version
    this.snapshotIds = ids
    this.snapshotBytes = frame.snapshotBytes
    this.snapshotChecksum = frame.snapshotChecksum
    this.#state = { make: state }
  }

  get state(): State {
    if ('make' in this.#state) this.#state = { made: this.#state.make() }
    return this.#state.made
  }

  get snapshotState(): State {
    return this.state
  }
}
