import { type FSWatcher, watch } from 'node:fs'

import { type SlowTimer, slowMs } from './slow-timer.ts'

/** What a waker looks at. */
export interface WakeSource {
  /** The bell file. */
  readonly bellPath: string
  /** How often to look without being woken. */
  readonly pollMs: number
  /** How seldom it is looked while nothing changes. */
  readonly slowTimer: SlowTimer
  /** The newest change that this process made itself. */
  latestOwn(): number
  /** The newest change of all. Throws when the store cannot be read, or is no longer the one at its path. */
  newest(): number
}

/** How often to look where the bell cannot be watched. */
const unwatchedPollMs = 5

/** After so many looks in a row that found nothing, it is looked only now and then: an idle process is to cost nothing. */
const quietLooks = 40

/**
 * Wakes the readers of this process: at once for its own commits, by the bell for those of others, and by looking now
 * and then in case the bell was not heard. One watch and one timer for all readers, and none while nobody reads.
 */
export class Wake {
  readonly #source: WakeSource
  readonly #listeners = new Set<() => void>()
  #watcher: FSWatcher | undefined
  #timer: NodeJS.Timeout | undefined
  /** Ends the looks by the slow timer; undefined: it is looked by `#timer`. */
  #endQuiet: (() => void) | undefined
  #seen = 0
  /** Looks in a row that found nothing; undefined: it has to be looked as often as ever, because no bell is heard. */
  #emptyLooks: number | undefined

  constructor(source: WakeSource) {
    this.#source = source
  }

  /** From now on `listener` is called after each change, perhaps more often. Read once after this call, then wait. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener)
    if (this.#listeners.size === 1) this.#start()
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) this.stop()
    }
  }

  /** To be called after a commit of this process. */
  notify(): void {
    this.#seen = Math.max(this.#seen, this.#source.latestOwn())
    this.#livenUp()
    this.#wakeAll()
  }

  /** Afterwards nothing is watched. */
  stop(): void {
    this.#watcher?.close()
    this.#watcher = undefined
    this.#stopLooking()
  }

  #start(): void {
    const { bellPath, pollMs } = this.#source
    try {
      this.#watcher = watch(bellPath, { persistent: false }, () => this.#look())
      this.#watcher.on('error', () => this.#pollUnwatched())
      this.#emptyLooks = 0
      this.#poll(pollMs)
    } catch {
      // The system has no watches left, or none for this file system.
      this.#pollUnwatched()
    }
  }

  #pollUnwatched(): void {
    this.#emptyLooks = undefined
    this.#poll(Math.min(this.#source.pollMs, unwatchedPollMs))
  }

  #poll(everyMs: number): void {
    this.#stopLooking()
    this.#timer = setInterval(() => this.#look(), everyMs)
  }

  #stopLooking(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#endQuiet?.()
    this.#endQuiet = undefined
  }

  #quietDown(): void {
    if (this.#emptyLooks === undefined || ++this.#emptyLooks !== quietLooks) return
    const { pollMs, slowTimer } = this.#source
    if (pollMs >= slowMs) return
    this.#stopLooking()
    this.#endQuiet = slowTimer.hold(() => this.#look())
  }

  #livenUp(): void {
    if (this.#emptyLooks === undefined) return
    this.#emptyLooks = 0
    if (this.#endQuiet) this.#poll(this.#source.pollMs)
  }

  #look(): void {
    try {
      const newest = this.#source.newest()
      if (newest === this.#seen) return this.#quietDown()
      this.#seen = newest
      this.#livenUp()
    } catch {
      // The reader that is woken meets the same error, and knows whom to tell.
    }
    this.#wakeAll()
  }

  #wakeAll(): void {
    for (const listener of this.#listeners) listener()
  }
}
