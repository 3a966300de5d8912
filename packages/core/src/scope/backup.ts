import type { Subject } from 'rxjs'
import type { Clock } from '../clock.ts'
import type { CommitQueue } from '../commit/commit-queue.ts'
import type { LifeBinding } from '../commit/commit-target.ts'
import type { Committed, ComposeBase, Computed, PendingCommit } from '../commit/pending-commit.ts'
import { checkSize, mostBytes } from '../commit/group-request.ts'
import { type StoredCommit, storedCommit, storedState } from '../commit/stored-commit.ts'
import type { ScopeDefinition } from '../definition/define-scope.ts'
import type { ShownDocument, StoredState } from '../definition/shown-document.ts'
import { drawCommitId } from '../document/ids.ts'
import { measureDiff } from '../document/state-size.ts'
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

/** What is shown of the scope that commits are taken for. */
interface BackupTarget {
  readonly definition: ScopeDefinition
  readonly shown: ShownDocument | undefined
}

/**
 * `backup: 'behind'`: a commit is done when memory has it; the store gets it a little later, together with its neighbours.
 * What memory shows is the value with everything that is still to be written.
 */
export class Backup {
  readonly #queue: CommitQueue
  readonly #clock: Clock
  readonly #shown$: Subject<void>
  #gathered: PendingCommit[] = []
  #unwritten = 0
  /** Of the diffs that are not written. */
  #unwrittenBytes = 0
  #shown: Shown | undefined
  /** The life that commits in `#shown` belong to; undefined: none of their handles had seen one. */
  #life: Life | undefined
  /** Handles of commits in `#shown` that had seen no life. */
  readonly #unbound = new Set<LifeBinding>()

  /** @param shown$ told when `shown` has changed */
  constructor(queue: CommitQueue, clock: Clock, shown$: Subject<void>) {
    this.#queue = queue
    this.#clock = clock
    this.#shown$ = shown$
  }

  /**
   * The value of this life including what is not written yet; undefined when all is written. A commit belongs to the life of its
   * handle, be it the first that this sees later on: what was taken for a life that is over is shown in no other.
   */
  shownIn(life: Life | undefined): Shown | undefined {
    if (this.#shown === undefined) return undefined
    for (const binding of this.#unbound) if (binding.life !== undefined) this.#attribute(binding)
    return this.#life === undefined || this.#life === life ? this.#shown : undefined
  }

  /** Nothing waits to be written. */
  get isIdle(): boolean {
    return this.#unwritten === 0
  }

  /** Takes a commit over: it is shown from now on and written soon; it cannot be aborted any more. @throws what computing it throws */
  take(pending: PendingCommit, document: LiveDocument | undefined, { definition, shown }: BackupTarget): Committed {
    const known = {
      state: shown ? shown.state : definition.initialState(),
      version: document?.version ?? 0,
      commitId: document?.commitId,
      stored: document && storedState(document),
    }
    const before = this.shownIn(document?.life)
    const { state, version, commitId, stored } = before ?? known
    const computed = pending.compute({ state, version, commitId, document: shown, preceding: [] })
    const commit = computed?.recorded && storedCommit(definition, computed.recorded, stored)
    // What was shown is what is written, as long as nobody else writes in between.
    const compute = (on: ComposeBase): Computed | undefined => (on.state === state ? computed : pending.compute(on))
    if (computed === undefined || commit === undefined) {
      const { isMerged = false, conflicts = [] } = computed ?? {}
      // What the merge decided is told when that is stored which it was merged into.
      if (conflicts.length > 0) this.#gather({ ...pending, compute })
      return { version, commitId: undefined, attempts: 0, merged: isMerged }
    }
    // Refused now, not when it is written: nobody is told any more then.
    definition.checkState(commit.value)
    this.#unwrittenBytes += bytesOf(commit)
    checkSize(definition, commit.state, mostBytes(document, []) + this.#unwrittenBytes)
    this.#shown = { state: commit.value, version: version + 1, commitId: drawCommitId(), stored: commit }
    if (before === undefined) this.#forgetLife()
    this.#attribute(pending.binding)
    this.#gather({ ...pending, compute })
    this.#shown$.next()
    return { version: version + 1, commitId: undefined, attempts: 0, merged: computed.isMerged }
  }

  #attribute(binding: LifeBinding): void {
    if (binding.life === undefined) this.#unbound.add(binding)
    else {
      this.#unbound.delete(binding)
      this.#life ??= binding.life
    }
  }

  #forgetLife(): void {
    this.#life = undefined
    this.#unbound.clear()
  }

  #gather(pending: PendingCommit): void {
    this.#unwritten++
    if (this.#gathered.push(this.#followed({ ...pending, signal: undefined })) > 1) return
    void this.#clock.sleep(gatherMs).then(() => this.flush())
  }

  /** Hands what was gathered to the queue. */
  flush(): void {
    const gathered = this.#gathered
    this.#gathered = []
    for (const pending of gathered) this.#queue.push(pending)
  }

  #followed(pending: PendingCommit): PendingCommit {
    return {
      ...pending,
      resolve: (committed, conflicts) => {
        this.#written()
        pending.resolve(committed, conflicts)
      },
      reject: error => {
        this.#written()
        pending.reject(error)
      },
    }
  }

  #written(): void {
    this.#unwritten--
    if (this.#unwritten > 0) return
    this.#shown = undefined
    this.#forgetLife()
    this.#unwrittenBytes = 0
    this.#shown$.next()
  }
}

function bytesOf({ diff }: StoredCommit): number {
  return diff === undefined ? 0 : measureDiff(diff)
}
