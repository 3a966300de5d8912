import { setTimeout as pause } from 'node:timers/promises'
import { type DocumentStore, type ScopeDefinition, type Scopes, defineScope, openScopes } from '@scopes/core'

interface Visit {
  n: number
}

/** What ending many scopes at once came to. */
export interface Ends {
  readonly perSecond: number
  /** CPU time of the process for one end. */
  readonly cpuMicroseconds: number
  readonly isTold: boolean
}

/** So many scopes are made side by side. */
const together = 1000
/** The idle time of a visit, and what it takes until every clock agrees that it is over. */
const overdueMs = 3000

/**
 * Has a reaper end so many overdue scopes, whose kind has a handler where `isTold`. From the first end that anybody hears of
 * to the last one.
 * @param open gives the same store again after it was closed
 */
export async function measureEnds(open: () => DocumentStore, count: number, isTold: boolean): Promise<Ends> {
  // The same store has the scopes of the other measurement.
  const kind = isTold ? 'told' : 'untold'
  const Kind: ScopeDefinition<Visit> = defineScope({
    kind,
    initial: () => ({ n: 0 }),
    idle: '1s',
    ...(isTold && { keepEnds: '7d' }),
  })
  const writer = await openScopes({ application: kind, store: open(), reaper: false })
  for (let id = 0; id < count; id += together) {
    const some = Array.from({ length: Math.min(together, count - id) }, (_, index) =>
      writer.create(Kind, { id: `${id + index}` }),
    )
    await Promise.all(some.map(scope => scope.update(draft => void draft.n++)))
  }
  await writer.close()
  await pause(overdueMs)
  const scopes = await openScopes({ application: kind, store: open() })
  const measured = await (isTold ? tellings(scopes, Kind, count) : endings(scopes, Kind, count))
  await scopes.close()
  return { ...measured, isTold }
}

type Measured = Omit<Ends, 'isTold'>

function endings(scopes: Scopes, Kind: ScopeDefinition<Visit>, count: number): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const tick = counter(count, resolve)
    scopes.changes({ kinds: [Kind] }).subscribe({ next: ({ type }) => type === 'ended' && tick(), error: reject })
    // The kind becomes known.
    scopes.create(Kind)
  })
}

function tellings(scopes: Scopes, Kind: ScopeDefinition<Visit>, count: number): Promise<Measured> {
  return new Promise(resolve => void scopes.onEnd(Kind, counter(count, resolve)))
}

function counter(count: number, done: (measured: Measured) => void): () => void {
  let seen = 0
  let beganAt = 0
  let cpuBefore = process.cpuUsage()
  return () => {
    if (seen === 0) {
      beganAt = performance.now()
      cpuBefore = process.cpuUsage()
    }
    if (++seen !== count) return
    const { user, system } = process.cpuUsage(cpuBefore)
    done({ perSecond: (count / (performance.now() - beganAt)) * 1000, cpuMicroseconds: (user + system) / count })
  }
}
