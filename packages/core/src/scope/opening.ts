import { isOverdue } from '../definition/lifetime.ts'
import { diagnostics } from '../diagnostics.ts'
import { type Stamp, parseStamp } from '../document/stamp.ts'
import { InvalidArgumentError } from '../errors.ts'
import type { Freshness } from '../feed/freshness.ts'
import { quoted } from '../value/quoted.ts'
import { checkText } from './check-text.ts'
import type { FeedHub } from './feed-hub.ts'
import type { ScopeState } from './scope-state.ts'

/** How one scope is opened. */
export interface OpenOptions {
  /** Names the request in the commits that are made through the handle. */
  readonly request?: string | undefined
  readonly signal?: AbortSignal | undefined
  /** What must have been seen: `scope.stamp` of another handle, anywhere. `scope.freshness` tells what was found of it. */
  readonly atLeast?: string | undefined
  /**
   * Memory may answer if its value was the newest so many milliseconds ago, or later; else the store is asked. It takes the
   * place of the setting for the kind: 0 always asks the store.
   */
  readonly maxStaleMs?: number | undefined
  /**
   * `false`: where the end of a scope is found, the handle belongs to that life, and its writes reject with ScopeEndedError.
   * Default `true`: its first change begins a new life under the id.
   */
  readonly creates?: boolean | undefined
}

/** What opening needs to know. */
export interface OpeningParts {
  readonly hub: FeedHub | undefined
  readonly isCluster: (kind: string) => boolean
  /** Where kinds that are fed are read while the feed is not live. */
  readonly whenBehind: 'store' | 'memory'
}

/** Decides for each `open` whether memory answers or the store is asked, and says what was found of a stamp. */
export class Opening {
  readonly #parts: OpeningParts

  constructor(parts: OpeningParts) {
    this.#parts = parts
  }

  /**
   * Undefined when memory answers at once and nothing was asked about a stamp: the way of most reads.
   * @throws InvalidArgumentError for an option that is not allowed; rejects as the store does.
   */
  read(state: ScopeState, options: OpenOptions): Promise<Freshness | undefined> | undefined {
    const { request, signal, atLeast, maxStaleMs } = options
    checkText('request', request)
    const stamp = atLeast === undefined ? undefined : parseStamp(atLeast)
    if (maxStaleMs !== undefined) checkStaleness(maxStaleMs)
    const isAnswered = this.#isAnsweredByMemory(state, maxStaleMs)
    const known = isAnswered && stamp ? state.freshness(stamp) : undefined
    const isAsked = !isAnswered || (stamp !== undefined && known === undefined)
    if (diagnostics.open.hasSubscribers) {
      diagnostics.open.publish({ key: state.key, source: isAsked ? 'store' : 'memory' })
    }
    if (isAnswered && stamp === undefined) return isEndingDue(state) ? this.#endOverdue(state, undefined) : undefined
    if (!isAsked || !diagnostics.operation.hasSubscribers) return this.#ask(state, known, stamp, signal)
    const context = { type: 'open', key: state.key, request } as const
    return diagnostics.operation.trace(context, () => this.#ask(state, known, stamp, signal))
  }

  #isAnsweredByMemory(state: ScopeState, maxStaleMs: number | undefined): boolean {
    // What cannot be shown may not be the newest any more.
    if (state.copy === undefined || state.refusal) return false
    const { hub, isCluster, whenBehind } = this.#parts
    const { kind } = state.key
    if (maxStaleMs !== undefined) return state.isTrusted && this.#isProven(state, maxStaleMs)
    if (isCluster(kind)) return false
    if (hub === undefined || !hub.isFed(kind)) return true
    if (whenBehind === 'memory' || (state.isTrusted && hub.isCurrent)) return true
    // For those that come next: this process may have been held up.
    hub.ask()
    return false
  }

  /** Whether it is proven that the value was the newest `maxStaleMs` ago (replica protocol §6). */
  #isProven(state: ScopeState, maxStaleMs: number): boolean {
    const { hub } = this.#parts
    const isFed = hub?.isFed(state.key.kind) ?? false
    const proofAt = Math.max(state.proofAt, isFed && hub ? hub.proofAt(state.partition) : -Infinity)
    // By more than 0: what was proven in this very moment may be proven before a commit that came before this call.
    const isProven = maxStaleMs > 0 && state.clock.monotonic() - proofAt <= maxStaleMs
    // For those that come next; this one does not wait for the feed.
    if (!isProven && isFed) hub?.ask()
    return isProven
  }

  async #ask(
    state: ScopeState,
    known: Freshness | undefined,
    stamp: Stamp | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Freshness | undefined> {
    let freshness = known
    if (stamp === undefined) await state.refresh(signal)
    else freshness ??= await state.refreshFor(stamp, signal)
    return isEndingDue(state) ? this.#endOverdue(state, freshness) : freshness
  }

  async #endOverdue(state: ScopeState, freshness: Freshness | undefined): Promise<Freshness | undefined> {
    await state.queue.run(() => state.queue.endIfOverdue(state.copy))
    return freshness
  }
}

function isEndingDue({ copy, clock }: ScopeState): boolean {
  return copy?.document.type === 'live' && isOverdue(copy.document.deadline, clock.now())
}

function checkStaleness(maxStaleMs: unknown): void {
  if (typeof maxStaleMs === 'number' && maxStaleMs >= 0) return
  throw new InvalidArgumentError(`maxStaleMs is ${quoted(maxStaleMs)}; it must be a number of milliseconds from 0 on.`)
}
