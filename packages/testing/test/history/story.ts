import type { Action, History, LockHeld, Sighting, ToldChange } from '../../src/history/history.ts'
import { type HistoryRecorder, historyRecorder } from '../../src/history/history-recorder.ts'
import type { LedgerSeen, Trace } from '../../src/history/ledger.ts'

/** What became of an operation; `pending`: nobody knows. */
type Outcome = { readonly life: string; readonly version: number } | 'shown' | 'none' | 'unknown' | 'pending'

/** A state as a story tells it: the marks in its list, or more of it. */
type State = readonly string[] | Partial<LedgerSeen>

/** What a story says of a state besides what it holds. */
interface Shown {
  readonly life?: string
  /** Default: that of a write of this life and version. */
  readonly commitId?: string
  readonly version: number
  readonly isOver?: boolean
  readonly holds?: State
}

/** A history written by hand: one scope, unless it is said otherwise. Handles are named `process/handle`. */
export class Story {
  readonly #recorder: HistoryRecorder
  #operations = 0
  #now = 0
  readonly #idleMs: number | undefined

  /** @param idleMs after so long scopes end by themselves; then the story has dates */
  constructor(idleMs: number | undefined) {
    this.#idleMs = idleMs
    this.#recorder = historyRecorder(undefined, idleMs === undefined ? undefined : { now: () => this.#now })
  }

  get history(): History {
    return this.#recorder.history
  }

  writes(
    handle: string,
    mark: string,
    outcome: Outcome,
    given: {
      readonly traces?: readonly Trace[]
      readonly clears?: string
      readonly scope?: string
      readonly under?: LockHeld
    } = {},
  ): this {
    const { traces = ['list'], clears, scope, under } = given
    const write = { mark, traces, clears }
    return this.#does(handle, { type: 'write', write, how: 'update', under }, outcome, { scope })
  }

  /** A write is told that its scope has ended. */
  isTooLate(handle: string, mark: string, life: string): this {
    const write = { mark, traces: ['list'] as const }
    const operation = this.#begins(handle, { type: 'write', write, how: 'update' }, { life })
    this.#recorder.write(processOf(handle), { type: 'failed', operation, code: 'ended', outcome: 'none' })
    return this
  }

  opens(handle: string, shown: Shown, isFresh: boolean = true): this {
    const idleMs = this.#idleMs
    const expires = idleMs !== undefined
    const operation = this.#begins(handle, { type: 'open', isFresh, expires, ...(expires && { idleMs }) }, {})
    this.#recorder.write(processOf(handle), { type: 'succeeded', operation, sighting: sightingOf(shown) })
    return this
  }

  ends(handle: string, life: string, outcome: 'done' | 'none' | 'unknown' = 'done'): this {
    return this.#does(handle, { type: 'end' }, outcome === 'done' ? { life, version: 0 } : outcome, { life })
  }

  rotates(handle: string, life: string, successor: { readonly scope: string; readonly life: string }): this {
    const operation = this.#begins(handle, { type: 'rotate' }, { life })
    this.#recorder.write(processOf(handle), { type: 'succeeded', operation, life, successor })
    return this
  }

  reads(handle: string, shown: Shown, isSettled: boolean = false): this {
    const sighting = sightingOf(shown)
    this.#recorder.write(processOf(handle), { type: 'read', handle, scope: 'scope', sighting, isSettled })
    return this
  }

  watches(observer: string, what: 'values' | 'changes' | 'scopes', shown?: Shown): this {
    const scope = what === 'scopes' ? undefined : 'scope'
    const sighting = shown && sightingOf(shown)
    this.#recorder.write(processOf(observer), { type: 'watching', observer, what, scope, sighting })
    return this
  }

  tells(observer: string, type: ToldChange['type'], shown: Shown & { readonly reason?: string }): this {
    const { life, version, holds, reason } = shown
    const ledger = holds && ledgerOf(holds)
    const change = {
      type,
      life,
      version,
      commitId: shown.commitId ?? `${life}-${version}`,
      isExact: true,
      ledger,
      reason,
    }
    this.#recorder.write(processOf(observer), { type: 'told', observer, scope: 'scope', change })
    return this
  }

  goesLive(observer: string): this {
    this.#recorder.write(processOf(observer), { type: 'live', observer })
    return this
  }

  /** The handlers of the process are told; of this life or, by `life`, another. */
  handles(
    process: string,
    shown: Shown & {
      readonly reason?: string
      readonly detail?: string
      readonly deliveryId?: string
      readonly outcome?: 'succeeded' | 'failed'
    },
  ): this {
    const { life = '', version, holds = [], reason = 'ended', outcome = 'succeeded', deliveryId = life } = shown
    const detail = shown.detail ?? (reason === 'ended' ? 'done' : undefined)
    const end = { scope: 'scope', life, version, reason, detail, deliveryId, outcome, ledger: ledgerOf(holds) }
    this.#recorder.write(process, { type: 'handled', ...end })
    return this
  }

  /** Whatever has ended must have been told. */
  isTold(waiting: readonly string[] = []): this {
    this.#recorder.write('judge', { type: 'ends-due', waiting })
    return this
  }

  wentWell(): this {
    this.#recorder.write('judge', { type: 'undisturbed' })
    return this
  }

  hasClock(process: string, skewMs: number): this {
    this.#recorder.write(process, { type: 'clock-set', skewMs })
    return this
  }

  /** From now on it is so much later. */
  passes(ms: number): this {
    this.#now += ms
    return this
  }

  announcesRollback(): this {
    this.#recorder.write('a', { type: 'rolled-back', scope: 'scope' })
    return this
  }

  closes(process: string, lost: readonly string[] = []): this {
    this.#recorder.write(process, { type: 'closed', lost })
    return this
  }

  isLeft(
    shown: Required<Omit<Shown, 'holds' | 'commitId' | 'isOver'>> & { readonly holds?: State; readonly scope?: string },
    isEnded = false,
  ): this {
    const { life, version, holds, scope = 'scope' } = shown
    const ledger = holds && ledgerOf(holds)
    const commitId = `${life}-${version}`
    this.#recorder.write('judge', { type: 'final', scope, life, version, commitId, isEnded, ledger })
    return this
  }

  #does(handle: string, action: Action, outcome: Outcome, given: { scope?: string | undefined; life?: string }): this {
    const life = given.life ?? (typeof outcome === 'object' ? outcome.life : undefined)
    const operation = this.#begins(handle, action, { ...given, ...(life !== undefined && { life }) })
    const process = processOf(handle)
    if (outcome === 'none' || outcome === 'unknown') {
      this.#recorder.write(process, { type: 'failed', operation, code: 'store-unavailable', outcome })
    } else if (outcome === 'shown') {
      this.#recorder.write(process, { type: 'succeeded', operation, version: 0 })
    } else if (outcome !== 'pending') {
      const commitId = `${outcome.life}-${outcome.version}`
      const made = action.type === 'write' ? { version: outcome.version, commitId } : {}
      this.#recorder.write(process, { type: 'succeeded', operation, life: outcome.life, ...made })
    }
    return this
  }

  #begins(handle: string, action: Action, given: { scope?: string | undefined; life?: string }): string {
    const operation = `o${++this.#operations}`
    const { scope = 'scope', life } = given
    this.#recorder.write(processOf(handle), { type: 'began', operation, handle, scope, life, action })
    return operation
  }
}

/** A new story. `idleMs`: after so long scopes end by themselves; then it has dates. */
export function story({ idleMs }: { readonly idleMs?: number } = {}): Story {
  return new Story(idleMs)
}

function processOf(handle: string): string {
  return handle.split('/')[0] ?? handle
}

function sightingOf({ life, version, isOver = false, holds = [] }: Shown): Sighting {
  return { life, version, isOver, isExact: true, ledger: ledgerOf(holds) }
}

function ledgerOf(state: State): LedgerSeen {
  const empty: LedgerSeen = { list: [], fields: [], members: [], count: 0, last: '' }
  return Array.isArray(state) ? { ...empty, list: state } : { ...empty, ...state }
}
