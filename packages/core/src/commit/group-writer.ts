import { deadlineAt, isOverdue, lifetimeOf } from '../definition/lifetime.ts'
import { type IndexValues, indexValuesOf, noIndexValues } from '../definition/indexes.ts'
import { isSameLifetime } from '../definition/own-lifetime.ts'
import { type ShownCommit, type ShownDocument, type StoredState, showCommit } from '../definition/shown-document.ts'
import { fencesOf } from '../document/fences.ts'
import { type Indexed, indexedOf, isSameIndexed } from '../document/indexed.ts'
import { drawCommitId, drawLife } from '../document/ids.ts'
import type { CommitId, CommitRecord, Life, LiveDocument } from '../document/scope-document.ts'
import type { State } from '../value/plain-data.ts'
import type { View } from './commit-state.ts'
import type { CommitTarget } from './commit-target.ts'
import { mustNotBeFenced, raisedBy } from './held-fence.ts'
import { keepEnd } from './keep-end.ts'
import { changeRequest, checkSize, creationRequest, framed, mostBytes } from './group-request.ts'
import { IndexedGroup } from './indexed-group.ts'
import type { Computed, LifetimeChange, PendingCommit } from './pending-commit.ts'
import { showTarget } from './show-target.ts'
import { type StoredCommit, storedCommit, storedState, unchanged } from './stored-commit.ts'
import { abortedError, conflictError, endedError, writeError } from './write-error.ts'
import type { Composed, WriteRequest, WriteResult, Writer } from './write.ts'

/** A commit of the group that is not in a request, or has to be computed again. */
interface Waiting {
  readonly pending: PendingCommit
  /** Its place in the order of the calls. */
  readonly place: number
  /** The ids of its tries, newest last. */
  readonly tries: readonly CommitId[]
  /** Requests that carried it. */
  readonly attempts: number
}

const noTries: readonly CommitId[] = []

/** A commit that had nothing to change on `version`, perhaps because a merge has decided so. */
interface Idle extends Waiting, Pick<Computed, 'isMerged' | 'conflicts'> {
  readonly version: number
}

/** A commit in the newest request. */
interface Member extends Waiting {
  readonly computed: Computed
  /** What of it is stored. */
  readonly stored: StoredCommit
  /** What the scope is found by from then on. */
  readonly indexed: IndexValues
  /** The same where it is not what it was before. */
  readonly named: Indexed | undefined
  /** What of its lifetime is another one than before. */
  readonly lifetime: LifetimeChange | undefined
  readonly version: number
  readonly at: number
  /** Of its frame. */
  bytes: number
}

/**
 * Writes what has queued up for one scope as one request: each commit with its own version, computed on the one before.
 * A commit that cannot be computed is told so and leaves; the others go on.
 */
export class GroupWriter implements Writer {
  readonly #target: CommitTarget
  readonly #takeMore: (taken: number, view: View) => readonly PendingCommit[]
  readonly #judge: (view: View) => Promise<View>
  /** Commits that are about to be computed. */
  #waiting: readonly Waiting[] = []
  #members: readonly Member[] = []
  /** Commits that had nothing to change: they are done when what they were computed on is stored. */
  #idle: readonly Idle[] = []
  #places = 0
  #life: Life | undefined
  #hasLanded = false
  #creation: WriteRequest | undefined
  /** Undefined: the kind has no indexes. */
  readonly #indexed: IndexedGroup | undefined

  /**
   * @param takeMore hands over what has queued up for this view, given how many commits are in the group already
   * @param judge ends the scope if its deadline has passed; the view afterwards
   */
  constructor(
    target: CommitTarget,
    takeMore: (taken: number, view: View) => readonly PendingCommit[],
    judge: (view: View) => Promise<View>,
  ) {
    this.#target = target
    this.#takeMore = takeMore
    this.#judge = judge
    this.#indexed = target.definition.indexes.length > 0 ? new IndexedGroup(target) : undefined
  }

  async compose(viewed: View): Promise<Composed | undefined> {
    const { clock } = this.#target
    const now = clock.now()
    this.#waiting = this.#gather(viewed)
    const isOver = viewed?.document.type === 'live' && isOverdue(viewed.document.deadline, now)
    const view = isOver ? await this.#judge(viewed) : viewed
    const document = view?.document.type === 'live' ? view.document : undefined
    const life = document?.life ?? drawLife()
    const records = this.#compute(view, { life, deadline: document?.deadline ?? 0, now })
    this.#life = life
    // I3: the first creation may have been ended before it could land, and another id or life would escape.
    if (this.#creation && view?.document.type === 'ended' && this.#indexed?.hasEntered) {
      throw endedError(this.#target, view, 'none')
    }
    this.#creation = undefined
    const [first, ...rest] = records
    if (first === undefined) return undefined
    // The marker is the only copy of an end that waits for its handlers: it is kept before a new life takes its place.
    const marker = view?.document.type === 'ended' ? view.document : undefined
    if (marker?.delivery.type === 'pending') await keepEnd(this.#target, this.#target.documentKey, marker)
    const over = document ? undefined : view?.token
    if (this.#indexed) await this.#enterIndexes(this.#indexed, view, records)
    if (!document) {
      const place = { life, over, createdAt: now, lifetime: this.#lifetime?.own, fences: marker && fencesOf(marker) }
      this.#creation = creationRequest(this.#target, place, [first, ...rest])
    }
    return {
      request: this.#creation ?? this.#change(view, records),
      commits: this.#members.map(({ tries }) => tries),
      base: document && view && { version: document.version, commitId: document.commitId, token: view.token },
      life,
      over,
    }
  }

  repeat(view: View): WriteRequest {
    this.#members = this.#members.map(member => ({ ...member, attempts: member.attempts + 1 }))
    // On the marker that it was to replace, or where that has gone.
    if (this.#creation) return { ...this.#creation, operation: view ? 'replace' : 'insert', token: view?.token }
    if (view?.document.type !== 'live') throw new Error('Commits are repeated on the state they were computed from.')
    const { life, deadline } = view.document
    return this.#change(
      view,
      this.#members.map(member => this.#record(member, life, deadline)),
    )
  }

  landed(count: number): void {
    this.#hasLanded ||= count > 0
    const stored = this.#members.slice(0, count)
    this.#members = this.#members.slice(count)
    for (const { pending, computed, version, tries, attempts, bytes } of stored) {
      pending.binding.life ??= this.#life
      const committed = { version, commitId: tries.at(-1), attempts, merged: computed.isMerged }
      pending.resolve(committed, computed.conflicts, bytes)
    }
  }

  /** After the write: takes the scope out of indexes of values that it had before. Rejects as the store does. */
  async leaveIndexes(): Promise<void> {
    await this.#indexed?.leave(this.#hasLanded)
  }

  /** Tells those that have not been told yet how the write ended. */
  finish(result: WriteResult): void {
    const { verdict } = result
    if (verdict.type === 'done') this.landed(this.#members.length)
    if (verdict.type === 'done' || verdict.type === 'settled') {
      for (const { pending, version, attempts, isMerged, conflicts } of this.#idle) {
        pending.resolve({ version, commitId: undefined, attempts, merged: isMerged }, conflicts, 0)
      }
    } else {
      this.abandon(writeError(this.#target, result))
    }
  }

  /** Rejects all that have not been told yet. */
  abandon(error: unknown): void {
    for (const { pending } of [...this.#waiting, ...this.#members, ...this.#idle]) pending.reject(error)
    this.#waiting = []
    this.#members = []
    this.#idle = []
  }

  #gather(view: View): readonly Waiting[] {
    const again: Waiting[] = [...this.#members, ...this.#idle].toSorted((one, other) => one.place - other.place)
    this.#members = []
    this.#idle = []
    for (const pending of this.#takeMore(again.length, view)) {
      again.push({ pending, place: this.#places++, tries: noTries, attempts: 0 })
    }
    return again
  }

  /** Computes each commit on the one before; afterwards `#members` and `#idle` are those that may be written. */
  #compute(
    view: View,
    { life, deadline, now }: { readonly life: Life; readonly deadline: number; readonly now: number },
  ): readonly CommitRecord[] {
    const { definition } = this.#target
    const document = view?.document.type === 'live' ? view.document : undefined
    const members: Member[] = []
    const idle: Idle[] = []
    const records: CommitRecord[] = []
    const preceding: ShownCommit[] = []
    let shown: ShownDocument | undefined
    let before: StoredState | undefined = document && storedState(document)
    let state: State | undefined
    let own = document?.facts.lifetime
    let named: Indexed = this.#indexed && document ? indexedOf(document) : noIndexValues
    for (const waiting of this.#waiting) {
      const { pending, tries, attempts } = waiting
      const version = (document?.version ?? 0) + records.length
      try {
        this.#mustBeAllowed(pending, view, document, attempts)
        if (pending.fences) mustNotBeFenced(this.#target, pending.fences, view?.document, records)
        shown ??= document && showTarget(this.#target, document)
        state ??= shown ? shown.state : definition.initialState()
        const commitId = records.at(-1)?.commitId ?? document?.commitId
        const computed = pending.compute({ state, version, commitId, document: shown, preceding })
        const change = pending.lifetime
        const isOther =
          change !== undefined && (!isSameLifetime(change.own, own) || this.#shortens(change, document, now))
        const lifetime = isOther ? change : undefined
        const recorded = computed?.recorded && storedCommit(definition, computed.recorded, before)
        const stored = recorded ?? (lifetime && unchanged(definition, state, before))
        if (stored === undefined) {
          const { isMerged = false, conflicts = [] } = computed ?? {}
          idle.push({ ...waiting, version, isMerged, conflicts })
          continue
        }
        definition.checkState(stored.value)
        const indexed = indexValuesOf(definition.indexes, stored.value)
        // Who knows of no index leaves what others have written.
        const isNamed = this.#indexed === undefined || isSameIndexed(indexed, named)
        const member: Member = {
          pending,
          place: waiting.place,
          tries: [...tries, drawCommitId()],
          attempts: attempts + 1,
          computed: computed ?? { recorded: undefined, baseVersion: version, isMerged: false, conflicts: [] },
          stored,
          indexed,
          named: isNamed ? undefined : indexed,
          lifetime,
          version: version + 1,
          at: now,
          bytes: 0,
        }
        const record = this.#record(member, life, deadline)
        member.bytes = record.frame.length
        checkSize(this.#target, record.state, mostBytes(document, records) + record.frame.length)
        records.push(record)
        preceding.push(showCommit(record, before ?? record, definition.versions))
        members.push(member)
        before = record
        state = stored.value
        if (lifetime) ({ own } = lifetime)
        if (!isNamed) named = indexed
      } catch (error) {
        pending.reject(error)
      }
    }
    this.#waiting = []
    this.#members = members
    this.#idle = idle
    return records
  }

  /** The lifetime of the kind is shorter than it was when the deadline was set, so that the same lifetime ends sooner. */
  #shortens({ own }: LifetimeChange, document: LiveDocument | undefined, now: number): boolean {
    if (document === undefined || document.deadline === 0) return false
    const deadline = deadlineAt(lifetimeOf(this.#target.definition, own), document.facts.createdAt, now)
    return deadline !== 0 && deadline < document.deadline
  }

  #record(member: Member, life: Life, deadline: number): CommitRecord {
    const commitId = member.tries.at(-1)
    if (commitId === undefined) throw new Error('A commit in a request has an id.')
    const { computed, stored, named, version, at, pending } = member
    const { baseVersion } = computed
    return framed(stored, {
      life,
      version,
      commitId,
      deadline,
      at,
      origin: pending.origin,
      baseVersion,
      fences: raisedBy(pending.fences),
      indexed: named,
    })
  }

  #change(view: View, records: readonly CommitRecord[]): WriteRequest {
    if (view?.document.type !== 'live') throw new Error('Commits are added to a living scope.')
    const place = {
      document: view.document,
      token: view.token,
      now: this.#target.clock.now(),
      lifetime: this.#lifetime,
    }
    return changeRequest(this.#target, place, records)
  }

  async #enterIndexes(indexed: IndexedGroup, view: View, records: readonly CommitRecord[]): Promise<void> {
    const document = view?.document.type === 'live' ? view.document : undefined
    const lifetime = this.#lifetime
    const own = lifetime ? lifetime.own : document?.facts.lifetime
    await indexed.enter({
      life: this.#life ?? drawLife(),
      version: (document?.version ?? 0) + records.length,
      before: document
        ? indexValuesOf(this.#target.definition.indexes, showTarget(this.#target, document).state)
        : noIndexValues,
      after: this.#members.at(-1)?.indexed ?? noIndexValues,
      facts: { createdAt: document?.facts.createdAt ?? this.#target.clock.now(), lifetime: own },
      isLifetimeChanged: lifetime !== undefined,
    })
  }

  /** What the commits in the request leave of the lifetime of the scope. */
  get #lifetime(): LifetimeChange | undefined {
    return this.#members.findLast(({ lifetime }) => lifetime)?.lifetime
  }

  #mustBeAllowed(pending: PendingCommit, view: View, document: LiveDocument | undefined, attempts: number): void {
    const { binding, signal, maxAttempts } = pending
    if (signal?.aborted) throw abortedError(this.#target, signal)
    // L1, L2: a handle that had a life writes to no other and creates none.
    const isForeign = binding.life !== undefined && binding.life !== document?.life
    if (isForeign) throw endedError(this.#target, view, 'none')
    if (attempts >= maxAttempts) throw conflictError(this.#target, attempts)
    binding.life ??= document?.life
  }
}
