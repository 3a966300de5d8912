import type { Subject } from 'rxjs'
import type { Clock } from '../clock.ts'
import type { CommitQueue } from '../commit/commit-queue.ts'
import type { View } from '../commit/commit-state.ts'
import type { LifeBinding } from '../commit/commit-target.ts'
import type { Committed, ComposeBase, Computed, PendingCommit } from '../commit/pending-commit.ts'
import { checkSize, mostBytes } from '../commit/group-request.ts'
import { type StoredCommit, storedCommit, storedState } from '../commit/stored-commit.ts'
import { indexValuesOf } from '../definition/indexes.ts'
import type { ScopeDefinition } from '../definition/define-scope.ts'
import type { ShownDocument, StoredState } from '../definition/shown-document.ts'
import { drawCommitId } from '../document/ids.ts'
import { measureDiff } from '../document/state-size.ts'
import type { DocumentStore } from '../store/document-store.ts'
import type { State } from '../value/plain-data.ts'
import type { CommitId, Life, LiveDocument } from '../document/scope-document.ts'

/** How long commits are gathered before they are written together, in milliseconds. */
const gatherMs = 20

/** A value that is not stored yet, as a commit of its own: its id is in no document. */
export interface Shown {
  readonly state: State
  readonly version: number
  readonly commitId: CommitId
  /** The same as it will be stored. */
  readonly stored: StoredState
}

/** The scope that commits are taken for. */
interface BackupTarget {
  readonly definition: ScopeDefinition
  readonly store: DocumentStore
  readonly queue: CommitQueue
  /** What is known to be stored. */
  readonly copy: View
  /** The same in the shape of the definition. */
  readonly shown: ShownDocument | undefined
  /** Told when `Backup.shown` has changed. */
  readonly shown$: Subject<void>
}

/** A commit computed on what is shown. */
interface ShownCommit {
  readonly base: Omit<Shown, 'commitId' | 'stored'> & {
    readonly commitId: CommitId | undefined
    readonly stored: StoredState | undefined
  }
  readonly computed: Computed | undefined
  /** Undefined when it leaves nothing to write. */
  readonly commit: StoredCommit | undefined
}

/**
 * `backup: 'behind'`: a commit is done when memory has it; the store gets it a little later, together with its neighbours.
 * What memory shows is the value with everything that is still to be written.
 */
export class Backup {
  readonly #target: BackupTarget
  readonly #clock: Clock
  #gathered: PendingCommit[] = []
  /** In the order in which they were taken. */
  readonly #unwritten = new Set<PendingCommit>()
  /** Of the diffs that are not written. */
  #unwrittenBytes = 0
  #shown: Shown | undefined
  /** The life of the first handle that has a commit in `#shown` and has seen one. */
  #life: Life | undefined
  /** Another such handle has seen another life. */
  #isMixed = false
  /** Handles of commits in `#shown` that had seen no life. */
  readonly #unbound = new Set<LifeBinding>()

  constructor(target: BackupTarget, clock: Clock) {
    this.#target = target
    this.#clock = clock
  }

  /**
   * The value including what is not written yet; undefined when all is written. A commit belongs to the life of its handle, be it
   * the first that this sees later on: what was taken for a life that is over is shown in no other.
   */
  get shown(): Shown | undefined {
    if (this.#shown && this.#isOfAnotherLife()) this.#showAnew()
    return this.#shown
  }

  /** Nothing waits to be written. */
  get isIdle(): boolean {
    return this.#unwritten.size === 0
  }

  /** Takes a commit over: it is shown from now on and written soon; it cannot be aborted any more. @throws what computing it throws */
  take(pending: PendingCommit): Committed {
    const { base, computed, commit } = this.#compute(pending)
    // What was shown is what is written, as long as nobody else writes in between.
    const compute = (on: ComposeBase): Computed | undefined =>
      on.state === base.state ? computed : pending.compute(on)
    if (computed === undefined || commit === undefined) {
      const { isMerged = false, conflicts = [] } = computed ?? {}
      // What the merge decided is told when that is stored which it was merged into.
      if (conflicts.length > 0) this.#gather({ ...pending, compute })
      return { version: base.version, commitId: undefined, attempts: 0, merged: isMerged }
    }
    // Refused now, not when it is written: nobody is told any more then.
    this.#target.definition.checkState(commit.value)
    indexValuesOf(this.#target.definition.indexes, commit.value)
    this.#unwrittenBytes += bytesOf(commit)
    checkSize(this.#target, commit.state, mostBytes(this.#living, []) + this.#unwrittenBytes)
    this.#show(pending, commit, base.version + 1)
    this.#gather({ ...pending, compute })
    this.#target.shown$.next()
    return { version: base.version + 1, commitId: undefined, attempts: 0, merged: computed.isMerged }
  }

  /** Hands what was gathered to the queue. */
  flush(): void {
    const gathered = this.#gathered
    this.#gathered = []
    for (const pending of gathered) this.#target.queue.push(pending)
  }

  get #living(): LiveDocument | undefined {
    const document = this.#target.copy?.document
    return document?.type === 'live' ? document : undefined
  }

  #compute(pending: PendingCommit): ShownCommit {
    const { definition, shown } = this.#target
    const document = this.#living
    const base = this.shown ?? {
      state: shown ? shown.state : definition.initialState(),
      version: document?.version ?? 0,
      commitId: document?.commitId,
      stored: document && storedState(document),
    }
    const { state, version, commitId, stored } = base
    const computed = pending.compute({ state, version, commitId, document: shown, preceding: [] })
    return { base, computed, commit: computed?.recorded && storedCommit(definition, computed.recorded, stored) }
  }

  #show({ binding }: PendingCommit, commit: StoredCommit, version: number): void {
    this.#shown = { state: commit.value, version, commitId: drawCommitId(), stored: commit }
    this.#attribute(binding)
  }

  #attribute(binding: LifeBinding): void {
    if (binding.life === undefined) this.#unbound.add(binding)
    else {
      this.#unbound.delete(binding)
      this.#life ??= binding.life
      this.#isMixed ||= this.#life !== binding.life
    }
  }

  /** Something that is shown was taken for a life that is over. */
  #isOfAnotherLife(): boolean {
    for (const binding of this.#unbound) if (binding.life !== undefined) this.#attribute(binding)
    return this.#isMixed || (this.#life !== undefined && this.#life !== this.#living?.life)
  }

  /** Shows what is left of it: what is not written yet of handles that have seen no other life. */
  #showAnew(): void {
    this.#showNothing()
    for (const pending of this.#unwritten) {
      const { life } = pending.binding
      if (life !== undefined && life !== this.#living?.life) continue
      try {
        const { base, commit } = this.#compute(pending)
        if (commit) this.#show(pending, commit, base.version + 1)
      } catch {
        // Told when it is to be written.
      }
    }
  }

  #showNothing(): void {
    this.#shown = undefined
    this.#life = undefined
    this.#isMixed = false
    this.#unbound.clear()
  }

  #gather(taken: PendingCommit): void {
    const pending: PendingCommit = {
      ...taken,
      signal: undefined,
      resolve: (committed, conflicts, bytes) => {
        this.#written(pending)
        taken.resolve(committed, conflicts, bytes)
      },
      reject: error => {
        this.#written(pending)
        taken.reject(error)
      },
    }
    this.#unwritten.add(pending)
    if (this.#gathered.push(pending) > 1) return
    void this.#clock.sleep(gatherMs).then(() => this.flush())
  }

  #written(pending: PendingCommit): void {
    this.#unwritten.delete(pending)
    if (this.#unwritten.size > 0) return
    this.#showNothing()
    this.#unwrittenBytes = 0
    this.#target.shown$.next()
  }
}

function bytesOf({ diff }: StoredCommit): number {
  return diff === undefined ? 0 : measureDiff(diff)
}
