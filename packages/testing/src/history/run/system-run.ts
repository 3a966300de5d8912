import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { setImmediate } from 'node:timers/promises'
import {
  diagnostics,
  openScopes,
  type ChangeFeed,
  type Clock,
  type RollbackMessage,
  type ScopeCache,
  type Scopes,
} from '@scopes/core'
import { manualClock, type ManualClock } from '../../manual-clock.ts'
import { seededRandom, type SeededRandom } from '../../seeded-random.ts'
import type { History } from '../history.ts'
import { historyRecorder, type HistoryRecorder } from '../history-recorder.ts'
import { RecordedScopes } from '../recorded-scopes.ts'
import { recordFinals } from '../record-finals.ts'
import { SystemClient } from './system-client.ts'
import { drawSkews } from './system-clocks.ts'
import { SystemHandlers } from './system-handlers.ts'
import type { SystemPlace } from './system-place.ts'
import { drawPlan, type SystemPlan } from './system-plan.ts'
import { waitingEnds } from './waiting-ends.ts'
import { openTimeoutMs, startProcess, type EngineFlaw, type SystemProcess } from './system-process.ts'

/** Options of `runSystem`. */
export interface SystemRunOptions {
  /** Decides everything that chance decides: what the processes are like, what they do, what goes wrong. */
  readonly seed: number
  /** An empty place for documents. Its stores judge time by this clock. */
  readonly setup: (clock: Clock) => Promise<SystemPlace>
  /** Caches that the feed keeps current, for some of the processes without `cluster`. Default: none has one. */
  readonly replicas?: ((random: SeededRandom) => ScopeCache) | undefined
  /** In so many partitions each feed comes, in any order among each other; then no run is quite like another. */
  readonly feedPartitions?: number | undefined
  /** Something wrong, to see that it is found. Default: nothing. */
  readonly flaw?: EngineFlaw | undefined
}

/** What a run came to. */
export interface SystemRun {
  readonly history: History
  /** How many operations were begun. */
  readonly operations: number
  /** How many faults happened. */
  readonly faults: number
}

/**
 * One run of a whole system: several processes, each with handles, observers and end handlers of its own, a network that fails and
 * a clock that may be wrong, on the same documents; they write, end, rotate, restart and are killed as the seed says. When all have stopped and nothing goes
 * wrong any more, the history also has what everybody shows and what is stored. To be judged by `checkHistory`.
 *
 * Time is a manual clock's, and while it runs `Math.random` is seeded too: on a store in memory the same seed is the same run.
 * One run at a time.
 *
 * @example
 * const { history } = await runSystem({ seed: 7, setup: memoryPlace })
 * const found = checkHistory(history).map(violation => explainViolation(history, violation))
 */
export async function runSystem(options: SystemRunOptions): Promise<SystemRun> {
  const { seed } = options
  const system = new System(options)
  const { random } = Math
  const chance = seededRandom(seed ^ 0x5eed)
  Math.random = () => chance.next()
  try {
    return await system.run()
  } finally {
    Math.random = random
  }
}

/** The longest that a part of a run may take, in milliseconds of its clock: an engine that takes longer hangs. */
const mostMs = 600_000
/**
 * In so many seconds every end is told that is not told at once: a dead process is followed within ten, whose claim is
 * silent after 17, and what failed some times is tried again within a minute, or two where handlers have hung.
 */
const mostTellingSeconds = 300
/** Longer than core pauses before it tries again what failed: four seconds at most. */
const longestPauseMs = 5_000
/** Less than any time-out of a run: what begins within a step is not late at its end, whatever real time it takes. */
const usualStepMs = 5
/** The same while only time has to pass. */
const longestStepMs = 100

/** A process by the place that it takes in the run: what runs there now, and what ran there before. */
interface Seat {
  current: SystemProcess
  readonly killed: SystemProcess[]
  /** Counts the processes that ran here. */
  count: number
}

class System {
  readonly #seed: number
  readonly #setup: SystemRunOptions['setup']
  readonly #flaw: EngineFlaw
  readonly #replicas: (() => ScopeCache) | undefined
  readonly #random: SeededRandom
  readonly #plan: SystemPlan
  readonly #clock: ManualClock = manualClock()
  readonly #recorder: HistoryRecorder = historyRecorder(undefined, this.#clock)
  readonly #feedPartitions: number | undefined
  readonly #seats: Seat[] = []
  readonly #handlers: SystemHandlers
  /** How far the wall clock of each process is ahead at first. */
  readonly #skewsMs: readonly number[]
  #isDisturbed = false
  /** How much of the time that has passed was leapt over. */
  #leapt = 0
  /** How much later it is to be at the next opportunity. */
  #leapMs = 0
  #stepMs = usualStepMs

  constructor({ seed, setup, replicas, feedPartitions, flaw = {} }: SystemRunOptions) {
    this.#feedPartitions = feedPartitions
    this.#seed = seed
    this.#setup = setup
    this.#flaw = flaw
    // Its own chance, so that a run is the same with and without.
    const random = seededRandom(seed ^ 0xcac4e)
    this.#replicas = replicas && (() => replicas(random))
    this.#random = seededRandom(seed)
    // A chance of its own too: runs without locks are what they were.
    this.#plan = drawPlan(this.#random, {
      hasLocks: seededRandom(seed ^ 0x10c4).chance(0.3),
      // Its leases are most of what happens then.
      hasReaper: seededRandom(seed ^ 0x2ea9).chance(0.2),
      hasHandlers: seededRandom(seed ^ 0xe4d5).chance(0.2),
      clocks: seededRandom(seed ^ 0xc10c).pick(['right', 'right', 'right', 'within', 'beyond', 'jumping'] as const),
    })
    this.#handlers = new SystemHandlers(seededRandom(seed ^ 0x4a4d))
    this.#skewsMs = drawSkews(this.#plan, seededRandom(seed ^ 0x5c3e))
  }

  async run(): Promise<SystemRun> {
    const place = await this.#setup(this.#clock)
    const note = (message: unknown): void => this.#noteRollback(message as RollbackMessage)
    subscribe(diagnostics.rollback.name, note)
    try {
      return await this.#run(place)
    } finally {
      unsubscribe(diagnostics.rollback.name, note)
      await place.teardown()
    }
  }

  #noteRollback({ documentKey }: RollbackMessage): void {
    this.#recorder.write('engine', { type: 'rolled-back', scope: documentKey })
  }

  async #run(place: SystemPlace): Promise<SystemRun> {
    for (const index of this.#plan.processes.keys()) {
      const current = await this.#pump(this.#start(place, index, 1))
      this.#seats.push({ current, killed: [], count: 1 })
    }
    const ids = Array.from({ length: this.#plan.scopes }, (_, index) => `scope-${index + 1}`)
    const clients = this.#seats.flatMap((seat, index) => this.#clients(place, seat, index, ids))
    await this.#pump(Promise.all(clients.map(client => client.run(this.#plan.steps))))
    await place.calm()
    const store = await place.open()
    const judge = await openScopes({ application: 'check', store, openTimeoutMs, clock: this.#clock, reaper: false })
    const { feed } = store
    // Where not everything is told, nobody looks after the ends of others.
    const isTold = this.#plan.hasHandlers && feed?.coverage === 'all'
    await this.#pump(this.#settle(judge, ids, clients, isTold ? feed : undefined))
    if (!place.isUnruly) this.#noteUndisturbed()
    await this.#pump(this.#close(judge))
    const { history } = this.#recorder
    return {
      history,
      operations: history.events.filter(({ type }) => type === 'began').length,
      faults: this.#everybody.reduce((count, { faults }) => count + faults.injected.length, 0),
    }
  }

  #start(place: SystemPlace, index: number, count: number): Promise<SystemProcess> {
    const process = this.#plan.processes[index]
    if (process === undefined) throw new RangeError(`There is no process ${index}.`)
    return startProcess({
      name: `p${index + 1}${count > 1 ? `-${count}` : ''}`,
      plan: this.#plan,
      process,
      place,
      clock: this.#clock,
      recorder: this.#recorder,
      seed: this.#seed * 1000 + index * 100 + count,
      flaw: this.#flaw,
      replicas: this.#replicas,
      feedPartitions: this.#feedPartitions,
      skewMs: this.#skewsMs[index] ?? 0,
      onEnd: this.#plan.hasHandlers ? (ended, clock) => this.#handlers.work(ended, clock) : undefined,
    })
  }

  #clients(place: SystemPlace, seat: Seat, index: number, ids: string[]): readonly SystemClient[] {
    const { definition, padding, isCounting, processes, hasLocks, clocks } = this.#plan
    let restarting: Promise<void> | undefined
    const restart = async (isKilled: boolean): Promise<void> => {
      const { current } = seat
      if (isKilled) {
        this.#isDisturbed = true
        current.kill()
        seat.killed.push(current)
      } else await current.close()
      seat.current = await this.#start(place, index, ++seat.count)
    }
    return Array.from(
      { length: processes[index]?.clients ?? 0 },
      (_, client) =>
        new SystemClient({
          name: `${'abc'.charAt(index)}${client + 1}`,
          locking: hasLocks ? seededRandom(this.#seed ^ (0x10c4 + index * 16 + client)) : undefined,
          timing: clocks === 'right' ? undefined : seededRandom(this.#seed ^ (0x3a9b + index * 16 + client)),
          isJumping: clocks === 'jumping',
          random: seededRandom(this.#random.below(2 ** 31)),
          clock: this.#clock,
          definition,
          padding,
          isCounting,
          ids,
          process: () => seat.current,
          restart: isKilled =>
            (restarting ??= restart(isKilled).finally(() => {
              restarting = undefined
            })),
          leap: ms => {
            this.#isDisturbed = true
            this.#leapMs += ms
          },
          disturb: () => {
            this.#isDisturbed = true
          },
        }),
    )
  }

  /**
   * Afterwards nothing is under way, everybody has been told everything, and the history has what is shown and stored.
   * @param feed tells which ends wait for handlers; undefined: nobody waits for them
   */
  async #settle(
    judge: Scopes,
    ids: readonly string[],
    clients: readonly SystemClient[],
    feed: ChangeFeed | undefined,
  ): Promise<void> {
    this.#handlers.calm()
    for (const { faults } of this.#everybody) faults.calm()
    for (const { killed } of this.#seats) for (const { faults } of killed) faults.failing(true)
    // Time for the last tries, for what is still to be written, and for feeds to be opened and scopes to be read again.
    await this.#clock.sleep(this.#plan.commitTimeoutMs + longestPauseMs)
    for (const { faults } of this.#everybody) await faults.land()
    await this.#quiet()
    const { definition } = this.#plan
    if (feed) await this.#tellEnds(feed)
    const recorded = new RecordedScopes(judge, {
      recorder: this.#recorder,
      process: 'judge',
      isFresh: true,
      isBehind: false,
    })
    for (const id of new Set(ids)) {
      const scope = await recorded.open(definition, { application: 'check', kind: definition.kind, id })
      scope?.read(true)
    }
    // The judge ends what is overdue.
    await this.#quiet()
    for (const client of clients) client.readSettled()
    await recordFinals(judge, this.#recorder)
  }

  /** Afterwards no end waits for its handlers any more, or the history says which do. */
  async #tellEnds(feed: ChangeFeed): Promise<void> {
    this.#stepMs = Math.min(longestStepMs, this.#plan.commitTimeoutMs / 4)
    let waiting = await waitingEnds(feed)
    for (let seconds = 0; waiting.length > 0 && seconds < mostTellingSeconds; seconds++) {
      await this.#clock.sleep(1000)
      waiting = await waitingEnds(feed)
    }
    this.#stepMs = usualStepMs
    this.#recorder.write('judge', { type: 'ends-due', waiting })
  }

  #noteUndisturbed(): void {
    const { hasHandlers, hasLocks } = this.#plan
    // Who stands still under a lock does not deliver either.
    if (!hasHandlers || hasLocks || this.#isDisturbed || this.#handlers.hasFailed) return
    if (this.#everybody.some(({ faults }) => faults.injected.length > 0)) return
    this.#recorder.write('judge', { type: 'undisturbed' })
  }

  /** Resolves when every reader of a feed has dealt with everything that is stored. */
  async #quiet(): Promise<void> {
    await this.#clock.sleep(1)
    const asOf = this.#clock.monotonic()
    const current = this.#seats.map(seat => seat.current)
    for (const { feed } of current) await feed.probe()
    while (!current.every(({ feed, underWay }) => feed.isCaughtUp(asOf) && underWay() === 0)) await setImmediate()
    await this.#clock.sleep(1)
    while (!current.every(({ underWay }) => underWay() === 0)) await setImmediate()
  }

  async #close(judge: Scopes): Promise<void> {
    for (const { current } of this.#seats) await current.close()
    this.#recorder.stop()
    for (const { killed } of this.#seats) for (const process of killed) await process.bury()
    await judge.close()
  }

  /** End markers stay longer than any request can be on its way: what is delayed or late comes before so much time has passed. */
  async #leap(ms: number): Promise<void> {
    while (this.#everybody.some(({ faults }) => faults.delayedRequests > 0)) await this.#clock.advance(1)
    for (const { faults } of this.#everybody) await faults.land()
    this.#leapt += ms
    await this.#clock.jump(ms)
  }

  /** Lets time pass until the promise is settled, but not while a store has work to do: it does that in no time. */
  async #pump<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false
    const finish = (): void => {
      isSettled = true
    }
    promise.then(finish, finish)
    const limit = this.#clock.monotonic() + mostMs
    while (!isSettled) {
      await setImmediate()
      const isBusy = this.#everybody.some(({ underWay }) => underWay() > 0)
      if (isBusy || isSettled) continue
      const leap = this.#leapMs
      this.#leapMs = 0
      if (leap > 0) await this.#leap(leap)
      else await this.#clock.advance(this.#stepMs)
      if (this.#clock.monotonic() - this.#leapt > limit) throw new Error('The run does not come to an end.')
    }
    return promise
  }

  get #everybody(): readonly SystemProcess[] {
    return this.#seats.flatMap(({ current, killed }) => [current, ...killed])
  }
}
