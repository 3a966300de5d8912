import { seededRandom } from '../seeded-random.ts'

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
}

/** Which requests a fault meets. What is left out does not matter. */
export interface FaultMatch {
  readonly opcode?: number | readonly number[]
  readonly bucket?: string
  /** The end of the key, which leaves out the prefix of the collection. */
  readonly key?: string
  readonly node?: number
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
  /** Requests that wait for `release`. */
  readonly waiting: number
  /** Executes what waits, in order. */
  release(): void
  /** It happens no more; what waits is never executed. */
  remove(): void
}

/** Faults on cue: the first ordered that meets a request happens to it. */
export interface Faults {
  add(fault: Fault, options?: FaultOptions): OrderedFault
  /** Afterwards every byte is written to the socket by itself, or no more. */
  splitWrites(isSplit: boolean): void
  /** None happens any more. */
  clear(): void
}

/** The side of the server. */
export interface FaultPlan extends Faults {
  readonly isSplitting: boolean
  choose(target: FaultTarget): ChosenFault | undefined
}

export interface ChosenFault {
  readonly fault: Fault
  /** Keeps an execution for `release`. */
  readonly hold: (run: () => void) => void
}

/** The same seed gives the same chances. */
export function faultPlan(seed: number): FaultPlan {
  const random = seededRandom(seed)
  const ordered = new Set<Order>()
  let isSplitting = false
  return {
    get isSplitting() {
      return isSplitting
    },
    splitWrites: isSplit => {
      isSplitting = isSplit
    },
    clear: () => {
      ordered.clear()
      isSplitting = false
    },
    add: (fault, { match = {}, chance = 1, times = chance < 1 ? Number.POSITIVE_INFINITY : 1 } = {}) => {
      const order: Order = { fault, match, chance, left: times, count: 0, held: [] }
      ordered.add(order)
      return {
        get count() {
          return order.count
        },
        get waiting() {
          return order.held.length
        },
        release: () => {
          const due = order.held
          order.held = []
          for (const run of due) run()
        },
        remove: () => {
          ordered.delete(order)
          order.held = []
        },
      }
    },
    choose: target => {
      for (const order of ordered) {
        if (order.left <= 0 || !meets(order.match, target)) continue
        if (order.chance < 1 && !random.chance(order.chance)) continue
        order.left--
        order.count++
        return { fault: order.fault, hold: run => order.held.push(run) }
      }
      return undefined
    },
  }
}

interface Order {
  readonly fault: Fault
  readonly match: FaultMatch
  readonly chance: number
  /** How often it may still happen. */
  left: number
  count: number
  /** Executions that wait. */
  held: (() => void)[]
}

function meets({ opcode, bucket, key, node }: FaultMatch, target: FaultTarget): boolean {
  if (opcode !== undefined && !(typeof opcode === 'number' ? [opcode] : opcode).includes(target.opcode)) return false
  if (bucket !== undefined && bucket !== target.bucket) return false
  if (node !== undefined && node !== target.node) return false
  return key === undefined || target.key.toString('latin1').endsWith(Buffer.from(key).toString('latin1'))
}
