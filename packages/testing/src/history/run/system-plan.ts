import {
  append,
  counter,
  defineScope,
  lastWriter,
  type MergePolicy,
  reject,
  type ScopeDefinition,
  set,
} from '@scopes/core'
import type { FaultRates } from '../../faults/fault-plan.ts'
import type { FeedFault, StoreFault } from '../../faults/fault.ts'
import type { SeededRandom } from '../../seeded-random.ts'
import { emptyLedger, type Ledger } from '../ledger.ts'

/** What a run is like. */
export interface SystemPlan {
  readonly definition: ScopeDefinition<Ledger>
  readonly scopes: number
  readonly processes: readonly ProcessPlan[]
  /** Steps of each client. */
  readonly steps: number
  /** How long a commit is tried, in milliseconds. */
  readonly commitTimeoutMs: number
  /** Plain increments add up in a merge. */
  readonly isCounting: boolean
  /** How many characters the largest write stores. */
  readonly padding: number
  /** Clients also write under locks. */
  readonly hasLocks: boolean
  /** Processes end scopes that nobody uses. */
  readonly hasReaper: boolean
  /** Processes are told of ends. */
  readonly hasHandlers: boolean
  /** Wall clocks of processes: all right, apart by no more than is allowed for, one of them minutes off, or jumping. */
  readonly clocks: 'right' | 'within' | 'beyond' | 'jumping'
}

/** What a run has besides: drawn apart, so that the rest of it stays as it is. */
export type SystemExtras = Pick<SystemPlan, 'hasLocks' | 'hasReaper' | 'hasHandlers' | 'clocks'>

/** What one process is like. */
export interface ProcessPlan {
  readonly isCluster: boolean
  readonly isBehind: boolean
  /** Its memory is kept current by the feed, where the run has such a cache. */
  readonly isFed: boolean
  /** The most scopes that it keeps in memory otherwise. */
  readonly maxScopes: number
  readonly clients: number
  readonly rates: FaultRates<StoreFault>
  readonly feedRates: FaultRates<FeedFault>
  readonly isWatching: boolean
}

const storeRates = { delay: 0.08, 'delay-answer': 0.06, fail: 0.01, 'lose-before': 0.02, 'lose-after': 0.03 }
const unruly = { late: 0.03, duplicate: 0.03 }
const feedRates = { duplicate: 0.05, 'swap-keys': 0.05, fail: 0.02 }
/** Whoever has written is shown it when the store could be read again: only where there is time for that. */
const setBackRates = { 'roll-back': 0.02, gap: 0.02 }

/** A run as chance wants it. */
export function drawPlan(random: SeededRandom, extras: SystemExtras): SystemPlan {
  const lifetime = {
    // Where clocks are wrong, something goes by them.
    ...((random.chance(0.3) || extras.clocks !== 'right') && { idle: '30m' }),
    ...(extras.hasHandlers && { keepEnds: '7d' }),
  }
  const merge = drawPolicies(random)
  // Now and then more of everything.
  const isRough = random.chance(0.15)
  const processes = isRough ? 3 : 1 + random.below(3)
  const plan = {
    definition: defineScope({ kind: 'ledger', initial: emptyLedger, merge, ...lifetime }),
    isCounting: 'count' in merge,
    scopes: 1 + random.below(3),
    processes: Array.from({ length: processes }, () => drawProcess(random, isRough)),
    steps: isRough ? 20 : 6 + random.below(8),
    commitTimeoutMs: isRough ? random.pick([20, 60, 400]) : random.pick([60, 400, 5000]),
    padding: random.pick([0, 0, 40, 1500]),
    ...extras,
  }
  return plan.commitTimeoutMs < 5000 ? plan : { ...plan, processes: plan.processes.map(setBack) }
}

function setBack(process: ProcessPlan): ProcessPlan {
  const hasFaults = Object.values(process.feedRates).some(rate => rate > 0)
  return hasFaults ? { ...process, feedRates: { ...process.feedRates, ...setBackRates } } : process
}

/** None of them may lose a mark. */
function drawPolicies(random: SeededRandom): Readonly<Record<string, MergePolicy>> {
  return {
    ...(random.chance(0.5) && { count: counter() }),
    ...(random.chance(0.4) && { list: random.pick([append(), set()]) }),
    ...(random.chance(0.3) && { members: set() }),
    ...(random.chance(0.3) && { last: random.pick([lastWriter(), lastWriter({ atomic: true }), reject()]) }),
    ...(random.chance(0.2) && { 'fields.*': lastWriter() }),
    ...(random.chance(0.2) && { '*': lastWriter() }),
  }
}

function drawProcess(random: SeededRandom, isRough: boolean): ProcessPlan {
  const isCluster = random.chance(0.6)
  const strength = random.pick(isRough ? [1, 2, 3] : [0, 1, 1, 2])
  return {
    isCluster,
    isBehind: !isCluster && random.chance(0.4),
    isFed: !isCluster && random.chance(0.6),
    maxScopes: random.pick([1, 1000]),
    clients: isRough ? 3 : 1 + random.below(3),
    rates: times(strength, { ...storeRates, ...unruly }),
    feedRates: times(strength, feedRates),
    isWatching: random.chance(0.6),
  }
}

function times<Fault extends string>(strength: number, rates: FaultRates<Fault>): FaultRates<Fault> {
  const entries = Object.entries<number | undefined>(rates).map(([fault, rate = 0]) => [fault, rate * strength])
  return Object.fromEntries(entries) as FaultRates<Fault>
}
