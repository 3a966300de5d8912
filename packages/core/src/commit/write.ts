import type { CommitId, Life, ScopeDocument } from '../document/scope-document.ts'
import { ScopesError, UnreadableDocumentError } from '../errors.ts'
import type { StoreToken } from '../document/stored-document.ts'
import type { Durability, MutationResult } from '../store/document-store.ts'
import { backoffMs, retryMs } from './backoff.ts'
import { type CommitEvent, type Verdict, type View, type Work, beginWrite, nextCommitState } from './commit-state.ts'
import type { WriteTarget } from './commit-target.ts'

/** One request to the store. */
export interface WriteRequest {
  readonly operation: 'insert' | 'append' | 'replace'
  readonly bytes: Uint8Array
  /** Undefined for an insert. */
  readonly token: StoreToken | undefined
  readonly expiresAt?: number | undefined
  /** In place of `expiresAt`: counted by the store. */
  readonly ttlSeconds?: number | undefined
  readonly durability: Durability
  /** What the document is when the request has been executed. */
  readonly document: ScopeDocument
}

/** A request with what the protocol must remember of it. */
export interface Composed {
  readonly request: WriteRequest
  /** Of each commit in the request the ids of all its tries, newest last. */
  readonly commits: readonly (readonly CommitId[])[]
  readonly base: Work['base']
  readonly life: Life
  readonly over: StoreToken | undefined
}

/** What is written: a group of commits, an end, a renewal. It computes; the driver sends. */
export interface Writer {
  /** The request computed from `view`, or undefined when nothing is left to write. */
  compose(view: View): Promise<Composed | undefined> | Composed | undefined

  /**
   * The same commits with the same ids on `view`, which holds the same state as the one they were computed from;
   * undefined when they are not wanted any more.
   */
  repeat(view: View): WriteRequest | undefined

  /** Told when a load has shown the first `count` commits to be stored. They are not composed again. */
  landed(count: number): void
}

/** What is known of a lost race when the load after it has shown who won. */
export interface LostRace {
  readonly view: View
  /** Requests sent so far. */
  readonly attempts: number
}

/** How far a write may go. */
export interface WriteLimits {
  readonly attempts: number
  readonly timeoutMs: number
  /** How long to let others go first, in milliseconds; 0: not at all. Asked once after each request. Default: by chance. */
  readonly yieldMs?: (race: LostRace) => number
}

/** How a write ended and what its last load and its last failure were. */
export interface WriteResult {
  readonly verdict: Verdict
  readonly attempts: number
  /** A request was refused because somebody else had written. */
  readonly wasRefused: boolean
  readonly lastView: View
  readonly lastError: unknown
}

/**
 * Drives one write to its end: does what the commit machine asks for, and nothing else. Never rejects on store failures.
 * The first request is computed from `begin`, by default the target's copy.
 */
export async function write(
  target: WriteTarget,
  writer: Writer,
  { attempts: mostAttempts, timeoutMs, yieldMs: yieldTo = yieldByChance }: WriteLimits,
  begin: View = target.copy,
): Promise<WriteResult> {
  const { clock } = target
  const until = clock.monotonic() + timeoutMs
  let lastView = begin
  let lastError: unknown
  let wasRefused = false
  let request: WriteRequest | undefined
  let failures = 0
  let hasYielded = false
  let yieldMs = 0
  let state = beginWrite(lastView)
  for (;;) {
    let event: CommitEvent
    const mayTry = state.work.attempts < mostAttempts && clock.monotonic() < until
    switch (state.type) {
      case 'composing': {
        const composing = writer.compose(state.view)
        const composed = composing instanceof Promise ? await composing : composing
        request = composed?.request
        event = composed ? composedEvent(composed) : { type: 'emptied' }
        break
      }
      case 'sending': {
        if (state.repeat) request = writer.repeat(state.repeat.view)
        if (request === undefined) {
          event = { type: 'emptied' }
          break
        }
        hasYielded = false
        const asked = target.ask()
        try {
          event = eventOf(await target.patience.within(send(target, request)))
        } catch (error) {
          lastError = error
          failures++
          event = { type: isDefinite(error) ? 'failed' : 'ambiguous' }
        }
        if (event.type === 'done') {
          const reading = target.acknowledge(request.document, event.token, asked)
          if (reading) await reading
        } else wasRefused ||= event.type === 'refused'
        break
      }
      case 'checking':
        try {
          lastView = await target.load()
          yieldMs = hasYielded ? 0 : yieldTo({ view: lastView, attempts: state.work.attempts })
          hasYielded = true
          event = { type: 'loaded', view: lastView, mayTry, mustYield: yieldMs > 0 }
        } catch (error) {
          lastError = error
          failures++
          event = {
            type: 'load-failed',
            mayTry: clock.monotonic() < until && !(error instanceof UnreadableDocumentError),
          }
        }
        break
      case 'pausing':
        await clock.sleep(yieldMs > 0 ? yieldMs : backoffMs(failures, Math.random()))
        yieldMs = 0
        event = { type: 'resumed' }
        break
      case 'finished':
        return { verdict: state.verdict, attempts: state.work.attempts, wasRefused, lastView, lastError }
      default:
        return state satisfies never
    }
    const { state: next, landed } = nextCommitState(state, event)
    if (landed > 0) writer.landed(landed)
    state = next
  }
}

function composedEvent({ commits, base, life, over }: Composed): CommitEvent {
  return { type: 'composed', commits, base, life, over }
}

function yieldByChance({ attempts }: LostRace): number {
  return attempts > 1 ? retryMs(Math.random()) : 0
}

function send({ store, documentKey }: WriteTarget, request: WriteRequest): Promise<MutationResult> {
  const { operation, bytes, token, expiresAt, ttlSeconds, durability } = request
  if (operation === 'append' && token !== undefined) return store.append(documentKey, bytes, token, { durability })
  const options = { expiresAt, ttlSeconds, durability }
  if (operation === 'insert' || token === undefined) return store.insert(documentKey, bytes, options)
  return store.replace(documentKey, bytes, token, options)
}

function eventOf(result: MutationResult): CommitEvent {
  return result.type === 'done' ? result : { type: 'refused' }
}

/** Only a store's own word that nothing was executed counts; any other error may hide an executed request. */
function isDefinite(error: unknown): boolean {
  return error instanceof ScopesError && error.outcome === 'none'
}
