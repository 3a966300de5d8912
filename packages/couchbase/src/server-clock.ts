import { type Clock, type ClockPair, ClockWatch, diagnostics, type StoreToken } from '@scopes/core'

/** What comparing needs. */
export interface ServerClockParts {
  /** That of this machine. */
  readonly clock: Pick<Clock, 'now'>
  /** Names the bucket. */
  readonly place: string
}

const nanosecondsPerMs = 1_000_000n

/**
 * Compares the clock of this machine with those of the servers, which judge expiries, and tells on `scopes:clock` of core when they are
 * apart. No question is asked for it: the CAS of a mutation is the time at its node, in nanoseconds (hybrid clock of the
 * engine). It may be ahead of the node's own clock, where it has come from another node, and is never behind it.
 */
export class ServerClock {
  readonly #clock: Pick<Clock, 'now'>
  readonly #watch: ClockWatch
  readonly #serverAhead: ClockPair
  readonly #serverBehind: ClockPair

  constructor({ clock, place }: ServerClockParts) {
    const name = `process ${process.pid}`
    const server = `Couchbase (${place})`
    this.#clock = clock
    this.#watch = new ClockWatch({ clock: { now: () => clock.now(), monotonic: () => performance.now() }, name })
    this.#serverAhead = { ahead: server, behind: name }
    this.#serverBehind = { ahead: name, behind: server }
  }

  /** A mutation that was sent at this time, milliseconds since 1970, has been answered just now. */
  answered(token: StoreToken, sentAt: number): void {
    if (!diagnostics.clock.hasSubscribers) return
    const executedAt = Number(token / nanosecondsPerMs)
    this.#watch.ahead(this.#serverAhead, executedAt - this.#clock.now())
    this.#watch.ahead(this.#serverBehind, sentAt - executedAt)
  }
}
