import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'

import {
  decodeDocument,
  type DocumentStore,
  type EndedDocument,
  type EndedScope,
  type ReaperOptions,
  type Scope,
  type ScopeDefinition,
  type Scopes,
  defineScope,
} from '@scopes/core'

import type { FaultControls } from '../faults/fault-controls.ts'
import type { ManualClock } from '../manual-clock.ts'

/** What the scopes of these clauses hold. */
export interface Visit {
  user?: string | undefined
  pages: number
}

/** A kind with deadlines and an index. */
export const Visit: ScopeDefinition<Visit, { readonly user: string | undefined }> = defineScope({
  kind: 'visit',
  initial: (): Visit => ({ pages: 0 }),
  idle: '30m',
  absolute: '12h',
  indexes: { user: ({ user }) => user },
})

/** What the scopes of clauses about ends hold. */
export interface Call {
  steps: string[]
}

/** A kind whose ends are told: half a minute after its last renewal it is over. */
export const Call: ScopeDefinition<Call> = defineScope({
  kind: 'call',
  initial: (): Call => ({ steps: [] }),
  idle: '30s',
  keepEnds: '7d',
})

/** One process with scopes, a network and a wall clock of its own. */
export interface LifeProcess {
  readonly scopes: Scopes
  readonly faults: FaultControls
  /** How far its wall clock is ahead, in milliseconds: from now on so much. */
  setSkew(skewMs: number): void
  /** From now on no time passes for it, as far as it measures: it believes in its leases for ever. */
  believe(): void
}

/** How a process is started. */
export interface LifeProcessOptions {
  /** How far its wall clock is ahead, in milliseconds. Default 0. */
  readonly skewMs?: number | undefined
  /** Whether it ends scopes that nobody uses. Default: not. */
  readonly reaper?: boolean | ReaperOptions | undefined
}

/** What a clause works with: documents of its own. Everything opened here is closed when the clause is over. */
interface LifeClauseContext {
  /** A process on the documents of the clause. All of them have the same time, unless a clock is said to be wrong. */
  readonly start: (name: string, options?: LifeProcessOptions) => Promise<LifeProcess>
  /** The documents, past all networks. */
  readonly store: DocumentStore
  /** The time of the stores and of all processes. */
  readonly clock: ManualClock
  /** Afterwards it is so much later, in small steps, and all that was asked meanwhile is answered. */
  readonly pass: (ms: number) => Promise<void>
  /** Resolves when it holds, while time passes; fails the clause when it does not come to that. */
  readonly until: (what: string, holds: () => boolean | Promise<boolean>) => Promise<void>
  /** Resolves when every process that reads the feed has dealt with everything that is stored. */
  readonly settled: () => Promise<void>
}

/** One promise about the life of a scope. */
export interface LifeClause {
  /** The promise as a sentence, unique in the contract. */
  readonly name: string
  /** Resolves when it is kept, rejects with an `AssertionError` when it is not. */
  readonly run: (context: LifeClauseContext) => Promise<void>
}

/** Fails the clause unless the promise rejects as that of a write to a scope that has ended. */
export async function refusedAsEnded(write: Promise<unknown>, reason: string): Promise<void> {
  await assert.rejects(write, (error: { readonly code?: unknown; readonly reason?: unknown }) => {
    assert.equal(error.code, 'ended')
    assert.equal(error.reason, reason)
    return true
  })
}

/** Whether a process that has just started finds it alive. */
export async function isAlive({ scopes }: LifeProcess, id: string): Promise<boolean> {
  const visit = await scopes.open(Visit, id, { maxStaleMs: 0 })
  return visit.isStored
}

/**
 * The same, while time passes: what is lost on its way is noticed by time. By the clause's `pass` no time passes for who waits
 * for a store that is slow.
 */
export async function passing<T>(clock: Pick<ManualClock, 'advance'>, work: Promise<T>): Promise<T> {
  let isSettled = false
  const settle = (): void => void (isSettled = true)
  work.then(settle, settle)
  while (!isSettled) {
    await clock.advance(10)
    await setImmediate()
  }
  return work
}

/** Resolves when a fault has met another request than the first `known` ones. */
export async function met({ faults }: LifeProcess, known: number): Promise<void> {
  while (faults.injected.length === known) await setImmediate()
}

/** Afterwards the call has one step more. @returns its handle */
export async function step({ scopes }: LifeProcess, id: string, name: string = 'hello'): Promise<Scope<Call>> {
  const call = await scopes.open(Call, id)
  await call.update(draft => void draft.steps.push(name))
  return call
}

/** What the handlers of the process are told from now on; each time `work` follows, and decides whether they succeed. */
export function toldTo(
  { scopes }: LifeProcess,
  work: (ended: EndedScope<Call>, told: readonly EndedScope<Call>[]) => unknown = () => undefined,
): readonly EndedScope<Call>[] {
  const told: EndedScope<Call>[] = []
  scopes.onEnd(Call, ended => {
    told.push(ended)
    return work(ended, told)
  })
  return told
}

/** The ids of the calls whose ends were told, in order. */
export function idsOf(...told: readonly (readonly EndedScope<Call>[])[]): readonly string[] {
  return told.flatMap(ends => ends.map(({ key }) => key.id)).toSorted()
}

/** The end marker of a call, if there is one. */
export async function markerOf(store: DocumentStore, id: string): Promise<EndedDocument | undefined> {
  const stored = await store.load(`call:shop:${id}`)
  const document = stored && decodeDocument(stored.bytes)
  return document?.type === 'ended' ? document : undefined
}
