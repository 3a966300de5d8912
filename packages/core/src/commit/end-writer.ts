import { graceMs, isOverdue, markerExpiry, secondOf } from '../definition/lifetime.ts'
import { diagnostics } from '../diagnostics.ts'
import { type Delivery, delivered } from '../document/delivery.ts'
import { encodeEnd } from '../document/encode.ts'
import type { Fence } from '../document/fences.ts'
import { drawCommitId } from '../document/ids.ts'
import type { CommitId, EndedDocument, Life, LiveDocument } from '../document/scope-document.ts'
import type { EndReason } from '../errors.ts'
import type { Verdict, View } from './commit-state.ts'
import type { LifeBinding, WriteTarget } from './commit-target.ts'
import { endedError } from './write-error.ts'
import type { Composed, WriteRequest, Writer } from './write.ts'

/** How a scope is to end. */
export interface EndOptions {
  readonly reason: EndReason
  /** The caller's word, such as `logout`. */
  readonly detail?: string | undefined
  /** The life of the copy that a rotation made. */
  readonly next?: Life | undefined
  /** Of the exclusive locks that it is ended under, when it is computed. */
  readonly fences?: () => readonly Fence[] | undefined
}

/**
 * Replaces a living scope by its end marker. The end is a commit: next version, an id of its own (E3), the ids of the
 * last commits (E2) and the true final state, for it carries the token of that state.
 */
export class EndWriter implements Writer {
  readonly #target: WriteTarget
  readonly #options: EndOptions
  /** Undefined: ends whatever life it finds. */
  readonly #binding: LifeBinding | undefined
  readonly #tries: CommitId[] = []
  /** A load has shown that the scope was ended by this write. */
  #hasLanded = false
  #life: Life | undefined
  #isTold = false

  constructor(target: WriteTarget, options: EndOptions, binding: LifeBinding | undefined) {
    this.#target = target
    this.#options = options
    this.#binding = binding
  }

  /** @throws ScopeEndedError when the handle's life is over already. */
  compose(view: View): Composed | undefined {
    const document = view?.document.type === 'live' ? view.document : undefined
    const bound = this.#binding?.life
    if (bound !== undefined && bound !== document?.life) throw endedError(this.#target, view, 'none')
    if (view === undefined || document === undefined) return undefined
    if (!this.#isDue(document)) return undefined
    this.#tries.push(drawCommitId())
    this.#life = document.life
    return {
      request: this.#request(view, document),
      commits: [[...this.#tries]],
      base: { version: document.version, commitId: document.commitId, token: view.token },
      life: document.life,
      over: undefined,
    }
  }

  repeat(view: View): WriteRequest | undefined {
    if (view?.document.type !== 'live') throw new Error('An end is repeated on the state it was computed from.')
    return this.#isDue(view.document) ? this.#request(view, view.document) : undefined
  }

  landed(): void {
    this.#hasLanded = true
  }

  /** Says once that the scope has ended, where it was this write that has ended it. For whoever has driven it. */
  tell({ type }: Verdict): void {
    const hasEnded = type === 'done' || this.#hasLanded
    if (!hasEnded || this.#isTold || this.#life === undefined) return
    this.#isTold = true
    if (!diagnostics.end.hasSubscribers) return
    const { reason, detail } = this.#options
    diagnostics.end.publish({ documentKey: this.#target.documentKey, life: this.#life, reason, detail })
  }

  /** Whether this write made the end marker. */
  isOwn({ commitId }: EndedDocument): boolean {
    return this.#tries.includes(commitId)
  }

  /** A renewal in the last moment wins over an end by deadline. */
  #isDue({ deadline }: LiveDocument): boolean {
    return this.#options.reason !== 'expired' || isOverdue(deadline, this.#target.clock.now())
  }

  #request(view: NonNullable<View>, document: LiveDocument): WriteRequest {
    const commitId = this.#tries.at(-1)
    if (commitId === undefined) throw new Error('An end that is sent has an id.')
    const at = this.#target.clock.now()
    const { reason, detail, next } = this.#options
    const fences = this.#options.fences?.()
    const keepEndsMs = this.#target.keepEndsMsOf(document)
    const deadline = secondOf(at + graceMs(keepEndsMs))
    // The claim goes with the marker: it costs no trip of its own (lease protocol N5).
    const delivery: Delivery =
      keepEndsMs === 0 ? delivered : { type: 'pending', attempt: 0, claim: this.#target.claimDelivery() }
    const end = encodeEnd({ document, commitId, deadline, reason, detail, at, delivery, next, keepState: true, fences })
    return { operation: 'replace', token: view.token, ...markerExpiry(deadline, at), durability: 'strongest', ...end }
  }
}
