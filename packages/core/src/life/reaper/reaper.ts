import type { View } from '../../commit/commit-state.ts'
import type { Clock } from '../../clock.ts'
import { isOverdue, overdueSecond } from '../../definition/lifetime.ts'
import { isJournalKey } from '../../document/journal.ts'
import { outlineOf } from '../../document/outline.ts'
import { isEndMarker } from '../../document/frame.ts'
import { decodeDocument } from '../../document/decode.ts'
import { parseDocumentKey } from '../../document/scope-key.ts'
import { type StoreToken, compareTokens } from '../../document/stored-document.ts'
import { diagnostics } from '../../diagnostics.ts'
import type { KeyMessage } from '../../feed/change-feed.ts'
import type { ClockWatch } from '../clock-watch.ts'
import type { EndDeliveries } from '../end-deliveries.ts'
import type { EndHandlers } from '../end-handlers.ts'
import { Lanes } from '../lanes.ts'
import { TimerWheel } from '../timer-wheel.ts'
import { OwnWrites } from './own-writes.ts'
import { ReaperFeed, type ReaperFeedParts } from './reaper-feed.ts'
import { Shares, type ShareParts } from './shares.ts'

/** What a reaper works with. */
export interface ReaperParts extends ShareParts, Pick<ReaperFeedParts, 'feed'> {
  readonly clock: Clock
  readonly ends: EndDeliveries
  readonly handlers: EndHandlers
  readonly clockWatch: ClockWatch
  /**
   * The deadline (unix seconds, 0: none) that a scope under this key would have if it began now; undefined: it is not known, or
   * somebody may wait to be told of its end.
   */
  readonly usualDeadline: (documentKey: string) => number | undefined
  /** The document as this process holds it; undefined: it does not. */
  readonly held: (documentKey: string) => View
  readonly load: (
    documentKey: string,
  ) => Promise<{ readonly bytes: Uint8Array; readonly token: StoreToken } | undefined>
  /** Ends the scope if it is overdue. @returns what is there afterwards */
  readonly endOverdue: (documentKey: string) => Promise<View>
}

/** Processes that are started together wait for each other, and one that is over soon never begins: milliseconds. */
const beginsAfterMs = 1000
/** When what is overdue and cannot be ended is looked at again. */
const lookAgainSeconds = 60
/** How many documents are looked at side by side. */
const laneCount = 64

/**
 * Ends scopes whose deadline has passed though nobody uses them: of the partitions that are this process's (lease protocol
 * §4). It scans what is stored, follows what changes and keeps a deadline for each scope; at the deadline it looks, and the
 * store decides. What it knows may be old: a scope is never ended by it, only looked at.
 */
export class Reaper {
  readonly #parts: ReaperParts
  readonly #shares: Shares
  readonly #feed: ReaperFeed
  readonly #wheel: TimerWheel
  readonly #lanes: Lanes
  readonly #closing = new AbortController()
  /** Documents that have changed, and have not been looked at since: the newest change of each. */
  #changed = new Map<string, StoreToken>()
  readonly #written: OwnWrites
  /** Scopes of others' partitions whose deadline this process has made earlier. */
  readonly #watched = new Set<string>()
  #mustScan = false
  #running: Promise<void> | undefined
  #scanning: Promise<void> | undefined

  constructor(parts: ReaperParts) {
    const { clock, feed } = parts
    this.#parts = parts
    this.#shares = new Shares(parts)
    this.#wheel = new TimerWheel(Math.floor(clock.now() / 1000))
    this.#lanes = new Lanes(clock, laneCount)
    this.#written = new OwnWrites(clock)
    this.#feed = new ReaperFeed({
      feed,
      clock,
      onChange: message => this.#onChange(message),
      onGap: () => this.scanAgain(),
    })
  }

  /** From now on it works, until it is closed. Idempotent. */
  start(): void {
    if (!this.#closing.signal.aborted) this.#running ??= this.#run()
  }

  /** Everything that is stored has to be looked at again, soon. */
  scanAgain(): void {
    this.#mustScan = true
    this.#written.clear()
  }

  /** Afterwards the scope ends at this deadline (unix seconds) too, whoever owns its partition: the owner knows a later one. */
  watch(key: string, deadline: number): void {
    if (this.#closing.signal.aborted) return
    this.start()
    this.#watched.add(key)
    this.#arm(key, deadline)
  }

  /** Whether it is for this process to end what is stored under this key. */
  owns(documentKey: string): boolean {
    return this.#shares.owns(documentKey)
  }

  /** Afterwards it does nothing any more, and others can have its partitions. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.#running
    await this.#scanning
    await this.#shares.close()
  }

  async #run(): Promise<void> {
    const { clock, application } = this.#parts
    const { signal } = this.#closing
    await clock.sleep(beginsAfterMs * (1 + Math.random()), signal, { isBackground: true })
    if (signal.aborted) return
    await this.#feed.follow(signal)
    if (signal.aborted) return
    if (!this.#feed.coversAll) return diagnostics.reaper.publish({ application, type: 'not-covered' })
    this.#mustScan = true
    await Promise.all([this.#keepShares(), this.#keepTime()])
  }

  async #keepShares(): Promise<void> {
    const { clock, leaseMs } = this.#parts
    const { signal } = this.#closing
    while (!signal.aborted) {
      try {
        const { hasGained, hasLost } = await this.#shares.round()
        if (hasGained) this.#mustScan = true
        if (hasLost) this.#forgetLost()
      } catch (error) {
        this.#failed('', error)
      }
      await clock.sleep((leaseMs / 3) * (1 - Math.random() / 10), signal, { isBackground: true })
    }
  }

  #forgetLost(): void {
    for (const key of this.#wheel.keys()) if (!this.#isForUs(key)) this.#wheel.delete(key)
  }

  /** Once a second: what has changed is looked at, and what is due. */
  async #keepTime(): Promise<void> {
    const { clock, clockWatch } = this.#parts
    const { signal } = this.#closing
    while (!signal.aborted) {
      clockWatch.look()
      if (this.#mustScan && this.#scanning === undefined) this.#scan()
      const changed = this.#changed
      this.#changed = new Map()
      for (const [key, token] of changed) await this.#lanes.start(() => this.#lookAt(key, token))
      for (const key of this.#wheel.advance(Math.floor(clock.now() / 1000))) {
        if (signal.aborted) return
        await this.#lanes.start(() => this.#reap(key))
      }
      await clock.sleep(1000 - (clock.now() % 1000), signal, { isBackground: true })
    }
  }

  #scan(): void {
    const { application, handlers } = this.#parts
    const { signal } = this.#closing
    this.#mustScan = false
    // Ends of ids that have another life by now are for whoever has the handlers, also where it owns nothing.
    const kinds = this.#shares.size > 0 ? undefined : ['end']
    if (kinds && handlers.isEmpty) return
    this.#scanning = this.#feed
      .scan(kinds, signal, message => this.#take(message))
      .then(
        () => diagnostics.reaper.publish({ application, type: 'scanned', deadlines: this.#wheel.size }),
        (error: unknown) => {
          this.#mustScan = true
          if (!signal.aborted) this.#failed('', error)
        },
      )
      .finally(() => {
        this.#scanning = undefined
      })
  }

  #onChange({ type, key, token }: KeyMessage): void {
    if (!this.#isOurs(key)) return
    if (type === 'removed') this.#wheel.delete(key)
    else if (!this.#written.covers(key, token) && !this.#mayWait(key)) this.#changed.set(key, token)
  }

  /**
   * What is looked at before the scope can be over by then needs no look now: deadlines move on, what begins under the same key
   * has a later one, and whoever makes one earlier watches it.
   */
  #mayWait(key: string): boolean {
    const armed = this.#wheel.get(key)
    if (armed === undefined) return false
    const usual = this.#parts.usualDeadline(key)
    return usual !== undefined && usual !== 0 && armed <= overdueSecond(usual)
  }

  #isForUs(key: string): boolean {
    return this.#shares.owns(key) || this.#watched.has(key)
  }

  #isOurs(key: string): boolean {
    if (isJournalKey(key)) return !this.#parts.handlers.isEmpty
    return this.#shares.owns(key) && parseDocumentKey(key)?.application === this.#parts.application
  }

  #take(message: KeyMessage): void {
    if (message.type !== 'document' || message.bytes === undefined || !this.#isOurs(message.key)) return
    // What has changed since is looked at later; of a living scope the earlier deadline counts, because then it is looked at.
    this.#learn(message.key, message.bytes, message.token, true)
  }

  async #lookAt(key: string, token: StoreToken): Promise<void> {
    if (this.#written.covers(key, token)) return
    const held = this.#parts.held(key)
    if (held?.document.type === 'live' && compareTokens(held.token, token) >= 0) {
      return this.#arm(key, held.document.deadline)
    }
    try {
      const stored = await this.#parts.load(key)
      if (stored === undefined) this.#wheel.delete(key)
      else this.#learn(key, stored.bytes, stored.token, false)
    } catch (error) {
      this.#failed(key, error)
      if (!this.#changed.has(key)) this.#changed.set(key, token)
    }
  }

  /** Reads the headers of the frames, and of an end what it says. */
  #learn(key: string, bytes: Uint8Array, token: StoreToken, isScan: boolean): void {
    try {
      if (isEndMarker(bytes)) {
        this.#wheel.delete(key)
        const document = decodeDocument(bytes, { key })
        this.#parts.clockWatch.saw(document)
        if (document.type === 'ended') this.#parts.ends.see(key, document, token)
        return
      }
      const deadline = outlineOf(bytes)?.deadline ?? 0
      const armed = this.#wheel.get(key)
      if (!isScan || armed === undefined || overdueSecond(deadline) < armed) this.#arm(key, deadline)
    } catch (error) {
      diagnostics.unreadable.publish({ documentKey: key, error })
    }
  }

  /** 0: no deadline. */
  #arm(key: string, deadline: number): void {
    if (deadline === 0) this.#wheel.delete(key)
    else this.#wheel.set(key, overdueSecond(deadline))
  }

  /** What is overdue and was not ended is the copy of a rotation that may yet be decided. */
  #armAgain(key: string, deadline: number): void {
    const now = this.#parts.clock.now()
    if (isOverdue(deadline, now)) this.#wheel.set(key, Math.floor(now / 1000) + lookAgainSeconds)
    else this.#arm(key, deadline)
  }

  async #reap(key: string): Promise<void> {
    if (!this.#isForUs(key)) return
    try {
      const view = await this.#parts.endOverdue(key)
      if (view?.document.type === 'live') return this.#armAgain(key, view.document.deadline)
      this.#watched.delete(key)
      if (view === undefined) return
      this.#parts.ends.see(key, view.document, view.token)
      const token = (await this.#parts.ends.settled(view.document.life)) ?? view.token
      this.#written.add(key, token)
    } catch (error) {
      this.#failed(key, error)
      // The store may be back by then.
      this.#wheel.set(key, Math.floor(this.#parts.clock.now() / 1000) + 2 + Math.floor(Math.random() * 8))
    }
  }

  #failed(documentKey: string, error: unknown): void {
    diagnostics.backgroundFailed.publish({ documentKey, what: 'reaping', error })
  }
}
