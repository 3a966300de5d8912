import { type IndexValues, indexValuesOf } from '../definition/indexes.ts'
import { deadlineAt, lifetimeOf, storeExpiry } from '../definition/lifetime.ts'
import { createDocument } from '../document/encode.ts'
import { type Fence, fencesOf, raised } from '../document/fences.ts'
import { drawCommitId, drawLife } from '../document/ids.ts'
import type { CommitId, Life, LiveDocument, SnapshotFacts } from '../document/scope-document.ts'
import { ScopeEndedError, StoreUnavailableError } from '../errors.ts'
import type { View } from './commit-state.ts'
import type { CommitTarget, LifeBinding } from './commit-target.ts'
import { type HeldFence, fenced, raisedBy } from './held-fence.ts'
import { enterIndexes, indexedUntil } from './indexed-group.ts'
import { type RotateSelection, type RotatedState, rotatedState } from './rotated-state.ts'
import { EndWriter } from './end-writer.ts'
import { type Composed, type WriteLimits, type WriteRequest, type WriteResult, type Writer, write } from './write.ts'
import { endedError, writeError } from './write-error.ts'

/** How long the copy of an undecided rotation may live, in seconds. */
const provisionalSeconds = 60

/** The most requests for each of the three writes. */
const writeAttempts = 64

/**
 * Moves a scope to another id: three writes, decided by the second (commit protocol §6). What is known of it is kept
 * here, so that `run` may be called again after it was cut off.
 */
export class Rotation {
  readonly #old: CommitTarget
  readonly #binding: LifeBinding
  /** The scope under its new id. */
  readonly #successor: CommitTarget
  readonly #life: Life = drawLife()
  readonly #end: EndWriter
  readonly #limits: WriteLimits
  #selection: RotateSelection | undefined
  /** Of the locks that it is done under. */
  #fences: readonly Fence[] | undefined
  #copied: Source | undefined
  #confirmation: ConfirmWriter | undefined

  constructor(old: CommitTarget, binding: LifeBinding, successor: CommitTarget) {
    this.#limits = { attempts: writeAttempts, timeoutMs: old.timeoutMs }
    this.#old = old
    this.#binding = binding
    this.#successor = successor
    this.#end = new EndWriter(old, { reason: 'rotated', next: this.#life, fences: () => this.#fences }, binding)
  }

  /**
   * For the queue of the old scope. Afterwards the old id has ended and the new one lives. @returns its life
   * @param selection what of the state is copied, as long as the rotation is not decided; undefined: all of it
   * @param fences of the locks that it is done under
   */
  async run(selection: RotateSelection | undefined, fences?: readonly HeldFence[]): Promise<Life> {
    this.#selection = selection
    this.#fences = raisedBy(fences)
    const step = new MarkerWriter(this.#old, this.#binding, this.#end, document => this.#copy(document))
    const result = await write(this.#old, fenced(this.#old, step, fences), this.#limits)
    this.#end.tell(result.verdict)
    mustHaveSucceeded(this.#old, result)
    try {
      await this.#confirm()
    } catch (cause) {
      // Both ids are over: the rotation is done, and what it made has been ended.
      if (cause instanceof ScopeEndedError) throw cause
      const message = `The id of ${this.#old.documentKey} was rotated, and the new one is not confirmed; call rotate again.`
      throw new StoreUnavailableError(message, { cause, outcome: 'unknown' })
    }
    return this.#life
  }

  /** The first write, again after each change of the old scope: a short-lived copy that nobody knows. */
  async #copy(document: LiveDocument): Promise<void> {
    const rotated = rotatedState(this.#old, document, this.#selection)
    const indexed = indexValuesOf(this.#successor.definition.indexes, rotated.value)
    const source = { ...rotated, of: this.#old.documentKey, document, indexed, fences: this.#fences }
    await this.#enterIndexes(source)
    const result = await this.#writeCopy(source)
    // The minute of the earlier copy was over: a new one is inserted.
    const isGone = result.verdict.type === 'ended'
    mustHaveSucceeded(this.#successor, isGone ? await this.#writeCopy(source) : result)
    this.#copied = source
  }

  /** I4: what a rotation makes is found by `endAll` before it exists. */
  async #enterIndexes({ document, indexed: values }: Source): Promise<void> {
    const { key } = this.#successor
    if (values.size === 0) return
    const until = indexedUntil(this.#successor, document.facts)
    await enterIndexes(
      this.#successor,
      values,
      { key, life: this.#life, version: 1, from: document.life, until },
      false,
    )
  }

  #writeCopy(source: Source): Promise<WriteResult> {
    const successor = this.#successor
    // A life that was found gone would else be taken for a revived one.
    if (successor.copy === undefined) successor.forget()
    return write(successor, new CopyWriter(successor, source, this.#life), this.#limits)
  }

  /** The third write: the copy becomes an ordinary scope. */
  async #confirm(): Promise<void> {
    const copied = this.#copied
    if (copied === undefined) throw endedError(this.#old, this.#old.copy, 'none')
    const confirmation = (this.#confirmation ??= new ConfirmWriter(this.#successor, copied, this.#life))
    for (let attempt = 0; attempt < writeAttempts; attempt++) {
      const view = this.#successor.copy
      if (view?.document.life === this.#life && view.document.type === 'live' && !view.document.facts.isProvisional)
        return
      if (view && view.document.life !== this.#life && view.document.type === 'live') break
      // The minute of the copy was over: a life that was found gone would else be taken for a revived one.
      if (view === undefined) this.#successor.forget()
      const result = await write(this.#successor, confirmation, this.#limits)
      mustHaveSucceeded(this.#successor, result)
    }
    throw new StoreUnavailableError(
      `The rotation to ${this.#successor.documentKey} was not confirmed: others changed it each time; call rotate again.`,
      {
        outcome: 'unknown',
      },
    )
  }
}

/** What is copied: the old document, and what of its state the new one gets. */
interface Source extends RotatedState {
  readonly indexed: IndexValues
  readonly of: string
  readonly document: LiveDocument
  readonly fences: readonly Fence[] | undefined
}

/** The second write: the end marker, with the token of the state that was copied. */
class MarkerWriter implements Writer {
  readonly #old: CommitTarget
  readonly #binding: LifeBinding
  readonly #end: EndWriter
  readonly #copy: (document: LiveDocument) => Promise<void>

  constructor(
    old: CommitTarget,
    binding: LifeBinding,
    end: EndWriter,
    copy: (document: LiveDocument) => Promise<void>,
  ) {
    this.#old = old
    this.#binding = binding
    this.#end = end
    this.#copy = copy
  }

  async compose(view: View): Promise<Composed | undefined> {
    if (view?.document.type === 'ended' && this.#end.isOwn(view.document)) {
      this.#end.landed()
      return undefined
    }
    const document = view?.document.type === 'live' ? view.document : undefined
    if (document === undefined || document.life !== this.#binding.life) throw endedError(this.#old, view, 'none')
    await this.#copy(document)
    return this.#end.compose(view)
  }

  repeat(view: View): WriteRequest | undefined {
    return this.#end.repeat(view)
  }

  landed(): void {
    this.#end.landed()
  }
}

/** Inserts the provisional copy, or replaces it after the old scope has moved on. */
class CopyWriter implements Writer {
  readonly #successor: CommitTarget
  readonly #source: Source
  readonly #life: Life
  readonly #commitId: CommitId = drawCommitId()
  #request: WriteRequest | undefined

  constructor(successor: CommitTarget, source: Source, life: Life) {
    this.#successor = successor
    this.#source = source
    this.#life = life
  }

  /** @throws ScopeEndedError when the copy was ended: by `endAll`, for nobody else knows it */
  compose(view: View): Composed {
    if (view?.document.type === 'ended') throw endedError(this.#successor, view, 'none')
    const { clock, definition } = this.#successor
    const deadline = Math.ceil(clock.now() / 1000) + provisionalSeconds
    const copy = createDocument({
      life: this.#life,
      commitId: this.#commitId,
      deadline,
      state: this.#source.state,
      facts: copiedFacts(this.#source, true),
    })
    const operation = view ? 'replace' : 'insert'
    const request: WriteRequest = {
      operation,
      token: view?.token,
      // Where ends are told it stays for a reaper, who tells that of a rotation which is cut off after it was decided.
      expiresAt: definition.keepEndsMs === 0 ? deadline : storeExpiry(deadline, definition.keepEndsMs),
      durability: 'strongest',
      ...copy,
    }
    this.#request = request
    return composed(request, [[this.#commitId]], view, this.#life)
  }

  repeat(view: View): WriteRequest {
    if (this.#request === undefined) throw new Error('A copy is repeated after it was composed.')
    return { ...this.#request, operation: view ? 'replace' : 'insert', token: view?.token }
  }

  landed(): void {}
}

/** Writes the copy without `provisional` and with its ordinary deadline; inserts it where the provisional one has gone. */
class ConfirmWriter implements Writer {
  readonly #successor: CommitTarget
  readonly #source: Source
  readonly #life: Life
  /** That of what was sent: version 1 of the life is one commit. */
  #commitId: CommitId | undefined
  /** The deadline of what was sent first, unix seconds; 0: none. */
  #deadline: number | undefined

  constructor(successor: CommitTarget, source: Source, life: Life) {
    this.#successor = successor
    this.#source = source
    this.#life = life
  }

  /**
   * @throws ScopeEndedError when the copy was ended: it is not made alive (lease protocol I4, `activate-by-token`). Or when what
   * was sent is not there and can have been, and have ended by itself: a process that stood still would else revive it.
   */
  compose(view: View): Composed {
    const { definition, clock } = this.#successor
    const isOver = view === undefined && this.#deadline && clock.now() >= this.#deadline * 1000
    if (isOver || view?.document.type === 'ended') throw endedError(this.#successor, view, 'none')
    const { lifetime, createdAt } = this.#source.document.facts
    const deadline = deadlineAt(lifetimeOf(definition, lifetime), createdAt, clock.now())
    const commitId = view?.document.commitId ?? this.#commitId ?? drawCommitId()
    this.#commitId = commitId
    this.#deadline ??= deadline
    const facts = copiedFacts(this.#source, false)
    const copy = createDocument({ life: this.#life, commitId, deadline, state: this.#source.state, facts })
    const operation = view ? 'replace' : 'insert'
    const expiresAt = storeExpiry(deadline, definition.keepEndsMs)
    const request: WriteRequest = { operation, token: view?.token, expiresAt, durability: 'strongest', ...copy }
    // No commit is looked for: whether it is done is seen in the document itself.
    return composed(request, [], view, this.#life)
  }

  repeat(): WriteRequest {
    throw new Error('A confirmation is composed again, never repeated.')
  }

  landed(): void {}
}

function composed(request: WriteRequest, commits: Composed['commits'], view: View, life: Life): Composed {
  const base = view && { version: view.document.version, commitId: view.document.commitId, token: view.token }
  return { request, commits, base, life, over: undefined }
}

function copiedFacts(
  { of, document, schemaVersion, indexed, fences: held }: Source,
  isProvisional: boolean,
): SnapshotFacts {
  const { facts, life, version } = document
  const fences = raised(fencesOf(document), held)
  const from = isProvisional ? { life, version, of } : { life, version }
  return { ...facts, schemaVersion, isProvisional, from, indexed, fences }
}

function mustHaveSucceeded(target: CommitTarget, result: WriteResult): void {
  const { type } = result.verdict
  if (type !== 'done' && type !== 'settled') throw writeError(target, result)
}
