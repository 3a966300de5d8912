import { seededRandom, type SeededRandom } from '../seeded-random.ts'
import {
  isOneOf,
  meetsMessage,
  type Interruption,
  type InterruptionMatch,
  type InterruptionOptions,
  type InterruptionTarget,
} from './interruption.ts'

/** What is done to a request instead of just executing and answering it. */
export type Fault =
  /** The answer comes so much later: the request is executed late, or executed at once and answered late. */
  | { readonly type: 'delay'; readonly ms: number; readonly side: FaultSide }
  /** No answer comes; before: the request is not executed either. */
  | { readonly type: 'swallow'; readonly side: FaultSide }
  /** The connection closes without an answer. */
  | { readonly type: 'close'; readonly side: FaultSide }
  /** That status is answered, and nothing executed. */
  | { readonly type: 'status'; readonly status: number }
  /** No answer comes; the request waits until it is released and is executed then, as a packet that was late. */
  | { readonly type: 'late' }
  /** Executed and answered, and executed once more when it is released, as a packet that came twice. */
  | { readonly type: 'duplicate' }

/** Before or after the request is executed. */
export type FaultSide = 'before' | 'after'

/** A request as it is looked at to choose a fault. */
interface FaultTarget {
  readonly opcode: number
  /** Empty: the session has selected none. */
  readonly bucket: string
  /** As the client wrote it, with the prefix of the collection. */
  readonly key: Buffer
  readonly node: number
  readonly vbucket: number
}

/** Which requests a fault meets. What is left out does not matter. */
export interface FaultMatch {
  readonly opcode?: number | readonly number[]
  readonly bucket?: string
  /** The end of the key, which leaves out the prefix of the collection. */
  readonly key?: string
  readonly node?: number
  readonly vbucket?: number
}

export interface FaultOptions {
  readonly match?: FaultMatch
  /** How often it happens, then no more; default: 1, or for ever when it has a chance. */
  readonly times?: number
  /** How likely it is for each request that matches; default: 1. */
  readonly chance?: number
}

/** A fault that was ordered. */
export interface OrderedFault {
  /** How often it has happened. */
  readonly count: number
  /** Requests that wait for `release`, or connections that do. */
  readonly waiting: number
  /** Executes what waits, in order; connections that are frozen thaw. */
  release(): void
  /** It happens no more; what waits is never executed, and what is frozen stays so. */
  remove(): void
}

/** Faults on cue: the first ordered that meets a request happens to it. */
export interface Faults {
  add(fault: Fault, options?: FaultOptions): OrderedFault
  /** The same for the messages of changes that the server sends by itself. */
  interrupt(interruption: Interruption, options?: InterruptionOptions): OrderedFault
  /** Afterwards every byte is written to the socket by itself, or no more. */
  splitWrites(isSplit: boolean): void
  /** None happens any more. */
  clear(): void
}

/** The side of the server. */
export interface FaultPlan extends Faults {
  readonly isSplitting: boolean
  choose(target: FaultTarget): ChosenFault | undefined
  /** Whether any message may be interrupted at all. */
  readonly isInterrupting: boolean
  chooseInterruption(target: InterruptionTarget): ChosenInterruption | undefined
}

export interface ChosenInterruption {
  readonly interruption: Interruption
  /** Keeps a thaw for `release`. */
  readonly hold: (thaw: () => void) => void
}

export interface ChosenFault {
  readonly fault: Fault
  /** Keeps an execution for `release`. */
  readonly hold: (run: () => void) => void
}

/** The same seed gives the same chances. */
export function faultPlan(seed: number): FaultPlan {
  const random = seededRandom(seed)
  const requests = new Set<Order<Fault, FaultMatch>>()
  const messages = new Set<Order<Interruption, InterruptionMatch>>()
  let isSplitting = false
  return {
    get isSplitting() {
      return isSplitting
    },
    get isInterrupting() {
      return messages.size > 0
    },
    splitWrites: isSplit => {
      isSplitting = isSplit
    },
    clear: () => {
      requests.clear()
      messages.clear()
      isSplitting = false
    },
    add: (fault, options = {}) => order(requests, fault, options.match ?? {}, options),
    interrupt: (interruption, options = {}) => order(messages, interruption, options.match ?? {}, options),
    choose: target => {
      const chosen = choose(requests, match => meets(match, target), random)
      return chosen && { fault: chosen.what, hold: run => chosen.held.push(run) }
    },
    chooseInterruption: target => {
      const chosen = choose(messages, match => meetsMessage(match, target), random)
      return chosen && { interruption: chosen.what, hold: thaw => chosen.held.push(thaw) }
    },
  }
}

interface Order<What, Match> {
  readonly what: What
  readonly match: Match
  readonly chance: number
  /** How many that match are still to be spared. */
  spared: number
  /** How often it may still happen. */
  left: number
  count: number
  /** Executions that wait. */
  held: (() => void)[]
}

function order<What, Match>(
  orders: Set<Order<What, Match>>,
  what: What,
  match: Match,
  { after = 0, chance = 1, times = chance < 1 ? Number.POSITIVE_INFINITY : 1 }: Omit<InterruptionOptions, 'match'>,
): OrderedFault {
  const ordered: Order<What, Match> = { what, match, chance, spared: after, left: times, count: 0, held: [] }
  orders.add(ordered)
  return {
    get count() {
      return ordered.count
    },
    get waiting() {
      return ordered.held.length
    },
    release: () => {
      const due = ordered.held
      ordered.held = []
      for (const run of due) run()
    },
    remove: () => {
      orders.delete(ordered)
      ordered.held = []
    },
  }
}

/** The first that happens, which counts as once more. */
function choose<What, Match>(
  orders: ReadonlySet<Order<What, Match>>,
  isMet: (match: Match) => boolean,
  random: SeededRandom,
): Order<What, Match> | undefined {
  for (const ordered of orders) {
    if (ordered.left <= 0 || !isMet(ordered.match)) continue
    if (ordered.spared > 0) {
      ordered.spared--
      continue
    }
    if (ordered.chance < 1 && !random.chance(ordered.chance)) continue
    ordered.left--
    ordered.count++
    return ordered
  }
  return undefined
}

function meets({ opcode, bucket, key, node, vbucket }: FaultMatch, target: FaultTarget): boolean {
  if (!isOneOf(opcode, target.opcode)) return false
  if (bucket !== undefined && bucket !== target.bucket) return false
  if (node !== undefined && node !== target.node) return false
  if (vbucket !== undefined && vbucket !== target.vbucket) return false
  return key === undefined || target.key.toString('latin1').endsWith(Buffer.from(key).toString('latin1'))
}
