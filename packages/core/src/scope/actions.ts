import type { Subject } from 'rxjs'
import type { LifeBinding } from '../commit/commit-target.ts'
import { EndWriter } from '../commit/end-writer.ts'
import { leaveUnlessPending } from '../commit/leave-indexes.ts'
import type { Committed, PendingCommit } from '../commit/pending-commit.ts'
import type { RotateSelection } from '../commit/rotated-state.ts'
import { type HeldFence, fenced, raisedBy } from '../commit/held-fence.ts'
import { Rotation } from '../commit/rotation.ts'
import { abortedError, endedError, writeError } from '../commit/write-error.ts'
import { isRenewalDue, lifetimeOf, quietShare } from '../definition/lifetime.ts'
import { drawCommitId } from '../document/ids.ts'
import type { Life, Origin } from '../document/scope-document.ts'
import { parseStamp } from '../document/stamp.ts'
import { type TracedOperation, callerContext, diagnostics } from '../diagnostics.ts'
import { InvalidArgumentError, StoreUnavailableError } from '../errors.ts'
import type { Freshness } from '../feed/freshness.ts'
import { RenewalWriter } from '../life/renewal.ts'
import type { LockContext } from '../lock/lock-context.ts'
import type { MergeConflict } from '../merge/conflict.ts'
import { quoted } from '../value/quoted.ts'
import { checkText } from './check-text.ts'
import type { FeedHub } from './feed-hub.ts'
import type { CommitIntent } from './commit-intent.ts'
import type { ScopeActions } from './scope.ts'
import type { ScopeKey } from '../document/scope-key.ts'
import type { ScopeRegistry } from './scope-registry.ts'
import type { ScopeState } from './scope-state.ts'

/** A decision that a merge made between two changes of the same place; told once the commit is stored. */
export interface ScopeConflict extends MergeConflict {
  readonly key: ScopeKey
  /** Of the merged commit; where the merge left nothing to write, the version that it was merged into. */
  readonly version: number
  /** Undefined where the merge left nothing to write. */
  readonly commitId: Committed['commitId']
}

/** A commit that `backup: 'behind'` had shown and that could not be stored. */
export interface LostCommit {
  readonly key: ScopeKey
  /** The version that was shown for it. */
  readonly version: number
  readonly error: unknown
}

/** What the actions of a process work with. */
export interface ActionsOptions {
  readonly registry: ScopeRegistry
  readonly hub: FeedHub | undefined
  /** The locks that the running code holds. */
  readonly locks: LockContext
  readonly process: string
  readonly isBehind: (kind: string) => boolean
  readonly conflicts$: Subject<ScopeConflict>
}

/** A commit that a handle asks for. */
interface Wanted {
  readonly state: ScopeState
  readonly binding: LifeBinding
  readonly intent: CommitIntent
  /** Of the locks that it is made under. */
  readonly fences: readonly HeldFence[] | undefined
}

/** What is told of a commit that is stored. */
interface Stored {
  readonly conflicts: readonly MergeConflict[]
  readonly bytes: number
  /** Monotonic milliseconds; undefined: nobody listened then. */
  readonly calledAt: number | undefined
}

/** The most requests for one commit. */
const defaultAttempts = 32

/** What handles do, carried out: each turns into work for the queue of its scope. */
export class Actions implements ScopeActions {
  /** Commits that were shown and could not be stored. */
  readonly lost: LostCommit[] = []
  readonly #options: ActionsOptions
  /** Rotations that were cut off: the next call goes on with them. */
  readonly #rotations = new WeakMap<LifeBinding, { readonly rotation: Rotation; readonly successor: ScopeState }>()
  /** Of commits that are made in no request. */
  readonly #origin: Origin
  #isClosed = false

  constructor(options: ActionsOptions) {
    this.#options = options
    this.#origin = { process: options.process }
  }

  /** From now on nothing new is taken. */
  close(): void {
    this.#isClosed = true
  }

  commit(state: ScopeState, binding: LifeBinding, intent: CommitIntent): Promise<Committed> {
    if (!diagnostics.operation.hasSubscribers) return this.#enterCommit(state, binding, intent)
    const context = { type: 'commit', key: state.key, request: intent.request } as const
    return diagnostics.operation.trace(context, () => this.#enterCommit(state, binding, intent))
  }

  #enterCommit(state: ScopeState, binding: LifeBinding, intent: CommitIntent): Promise<Committed> {
    const held = this.#options.locks.enter()
    const committed = state.refusal
      ? // What cannot be shown may not be the newest any more.
        state.refresh(intent.signal).then(() => this.#commit(state, binding, intent, held))
      : this.#commit(state, binding, intent, held)
    this.#options.locks.track(held, committed)
    return committed
  }

  watch(state: ScopeState): () => void {
    return this.#options.hub?.watch(state) ?? ((): void => {})
  }

  async flush({ backup, queue }: ScopeState): Promise<void> {
    if (backup.isIdle) return
    backup.flush()
    await queue.drained()
  }

  async catchUp(state: ScopeState, atLeast: string, signal: AbortSignal | undefined): Promise<Freshness> {
    const stamp = parseStamp(atLeast)
    this.#mustBeOpen(state)
    const freshness = state.freshness(stamp) ?? (await state.refreshFor(stamp, signal))
    if (state.refusal) throw state.refusal
    return freshness
  }

  isRenewalDue({ copy, definition, clock }: ScopeState): boolean {
    if (copy?.document.type !== 'live') return false
    const { life, deadline, facts } = copy.document
    const lifetime = lifetimeOf(definition, facts.lifetime)
    return isRenewalDue(deadline, lifetime, facts.createdAt, clock.now(), quietShare(life))
  }

  async touch(state: ScopeState, binding: LifeBinding): Promise<boolean> {
    this.#mustBeOpen(state)
    if (!this.isRenewalDue(state)) return false
    return traced({ type: 'touch', key: state.key }, () => this.#renew(state, binding))
  }

  #renew(state: ScopeState, binding: LifeBinding): Promise<boolean> {
    return state.queue.run(async () => {
      await state.queue.endIfOverdue(state.copy)
      const result = await state.queue.write(new RenewalWriter(state, binding))
      const { type } = result.verdict
      if (type === 'failed' || type === 'given-up') throw writeError(state, result)
      return type === 'done'
    })
  }

  end(state: ScopeState, binding: LifeBinding, detail: string | undefined): Promise<void> {
    return traced({ type: 'end', key: state.key }, () => this.#end(state, binding, detail))
  }

  async #end(state: ScopeState, binding: LifeBinding, detail: string | undefined): Promise<void> {
    this.#mustBeOpen(state)
    checkText('detail', detail)
    state.backup.flush()
    const held = this.#options.locks.enter()
    const ended = state.queue.run(async () => {
      const end = new EndWriter(state, { reason: 'ended', detail, fences: () => raisedBy(held) }, binding)
      const result = await state.queue.write(fenced(state, end, held))
      end.tell(result.verdict)
      const { type } = result.verdict
      if (type !== 'done' && type !== 'settled') throw writeError(state, result)
      await leaveUnlessPending(state, state.copy)
    })
    this.#options.locks.track(held, ended)
    await ended
    await this.#options.locks.outside(() => state.delivered(binding.life))
  }

  rotate(
    state: ScopeState,
    binding: LifeBinding,
    selection: RotateSelection | undefined,
  ): Promise<{ readonly state: ScopeState; readonly life: Life }> {
    return traced({ type: 'rotate', key: state.key }, () => this.#rotate(state, binding, selection))
  }

  async #rotate(
    state: ScopeState,
    binding: LifeBinding,
    selection: RotateSelection | undefined,
  ): Promise<{ readonly state: ScopeState; readonly life: Life }> {
    this.#mustBeOpen(state)
    state.backup.flush()
    const held = this.#options.locks.enter()
    const rotating = state.queue.run(async () => {
      // Known now that all writes before it are done: the first of them may have created the scope.
      if (binding.life === undefined) {
        if (state.copy?.document.type === 'ended') throw endedError(state, state.copy, 'none')
        throw new InvalidArgumentError(
          `Nothing is stored under ${state.documentKey}, so there is nothing to rotate: change it first.`,
        )
      }
      await state.queue.endIfOverdue(state.copy)
      const { rotation, successor } = this.#rotations.get(binding) ?? this.#beginRotation(state, binding)
      const life = await rotation.run(selection, held)
      this.#rotations.delete(binding)
      await leaveUnlessPending(state, state.copy)
      return { state: successor, life }
    })
    this.#options.locks.track(held, rotating)
    const rotated = await rotating
    await this.#options.locks.outside(() => state.delivered(binding.life))
    return rotated
  }

  #commit(
    state: ScopeState,
    binding: LifeBinding,
    intent: CommitIntent,
    fences: readonly HeldFence[] | undefined,
  ): Promise<Committed> {
    return new Promise((resolve, reject) => {
      this.#mustBeOpen(state)
      const pending = this.#pending({ state, binding, intent, fences }, resolve, reject)
      if (!this.#options.isBehind(state.key.kind)) return state.queue.push(pending)
      if (pending.lifetime || fences) {
        // What has a lifetime of its own is to outlive this process: it is not told before the store has it. What is written
        // under a lock is written before the lock is given back.
        state.backup.flush()
        return state.queue.push(pending)
      }
      const document = state.copy?.document
      const living = document?.type === 'live' ? document : undefined
      if (state.refusal) throw state.refusal
      if (binding.life !== undefined && binding.life !== living?.life) throw endedError(state, state.copy, 'none')
      if (intent.signal?.aborted) throw abortedError(state, intent.signal)
      let shown = 0
      const calledAt = diagnostics.commit.hasSubscribers ? state.clock.monotonic() : undefined
      const followed: PendingCommit = {
        ...pending,
        resolve: (committed, conflicts, bytes) => this.#stored(state, committed, { conflicts, bytes, calledAt }),
        reject: error => {
          this.lost.push({ key: state.key, version: shown, error })
          diagnostics.backgroundFailed.publish({ documentKey: state.documentKey, what: 'backup', error })
        },
      }
      const committed = state.backup.take(followed)
      shown = committed.version
      resolve(committed)
    })
  }

  #beginRotation(
    state: ScopeState,
    binding: LifeBinding,
  ): { readonly rotation: Rotation; readonly successor: ScopeState } {
    const successor = this.#options.registry.stateOf(state.definition, { ...state.key, id: drawCommitId() })
    const begun = { rotation: new Rotation(state, binding, successor), successor }
    this.#rotations.set(binding, begun)
    return begun
  }

  #pending(
    { state, binding, intent, fences }: Wanted,
    resolve: (committed: Committed) => void,
    reject: (error: unknown) => void,
  ): PendingCommit {
    const { attempts = defaultAttempts, signal, request, lifetime, compute } = intent
    if (!Number.isSafeInteger(attempts) || attempts < 1) {
      throw new InvalidArgumentError(`attempts is ${quoted(attempts)}; it must be a whole number from 1 on.`)
    }
    if (signal !== undefined && !(signal instanceof AbortSignal)) {
      throw new InvalidArgumentError(`signal is ${quoted(signal)}; it must be an AbortSignal.`)
    }
    const calledAt = diagnostics.commit.hasSubscribers ? state.clock.monotonic() : undefined
    return {
      binding,
      origin: request === undefined ? this.#origin : { process: this.#options.process, request },
      signal,
      lifetime,
      maxAttempts: attempts,
      fences,
      caller: callerContext(),
      compute,
      reject,
      resolve: (committed, conflicts, bytes) => {
        this.#stored(state, committed, { conflicts, bytes, calledAt })
        resolve(committed)
      },
    }
  }

  #stored({ key, clock }: ScopeState, committed: Committed, { conflicts, bytes, calledAt }: Stored): void {
    const { version, commitId, attempts, merged } = committed
    if (commitId !== undefined && diagnostics.commit.hasSubscribers) {
      const durationMs = calledAt === undefined ? undefined : clock.monotonic() - calledAt
      diagnostics.commit.publish({ key, version, commitId, attempts, merged, bytes, durationMs })
    }
    for (const conflict of conflicts) {
      if (diagnostics.conflict.hasSubscribers) {
        const { path, policy, lost } = conflict
        diagnostics.conflict.publish({ key, version, path, policy, lost })
      }
      this.#options.conflicts$.next({ ...conflict, key, version, commitId })
    }
  }

  #mustBeOpen({ documentKey }: ScopeState): void {
    if (this.#isClosed)
      throw new StoreUnavailableError(
        `The scopes are closed; ${documentKey} cannot be read or changed any more. Use those of another openScopes.`,
      )
  }
}

/** For what is rarer than a commit. */
function traced<T>(operation: TracedOperation, run: () => Promise<T>): Promise<T> {
  return diagnostics.operation.hasSubscribers ? diagnostics.operation.trace(operation, run) : run()
}
