import { keepEnd } from '../commit/keep-end.ts'
import { delivered, type Delivery, type DeliveryClaim } from '../document/delivery.ts'
import { graceMs, secondOf } from '../definition/lifetime.ts'
import { drawLife } from '../document/ids.ts'
import { isJournalKey } from '../document/journal.ts'
import type { EndedDocument, Life } from '../document/scope-document.ts'
import { parseDocumentKey } from '../document/scope-key.ts'
import { type StoreToken, compareTokens } from '../document/stored-document.ts'
import { diagnostics } from '../diagnostics.ts'
import { Delays } from './delays.ts'
import type { EndHandlers } from './end-handlers.ts'
import { EndRecord, type EndStore } from './end-record.ts'
import { type HandlerOutcome, HandlerRun, handlerTimeoutMs } from './handler-run.ts'
import { Lanes } from './lanes.ts'
import { Recent } from './recent.ts'
import { TimerWheel } from './timer-wheel.ts'

/** What deliveries work with. */
export interface DeliveryParts extends EndStore {
  readonly application: string
  readonly handlers: EndHandlers
  /**
   * Whether it is this process that looks after what is stored under this key: it delivers first, and the others when it does
   * not. Undefined: nobody looks after anything here.
   */
  readonly owns: (storedAs: string) => boolean | undefined
  /** Told once of an end whose handlers have succeeded, before its state is dropped. */
  readonly onDelivered: (scopeKey: string, marker: EndedDocument) => Promise<void>
}

/** How long a claim stands without a sign of life, in milliseconds. */
const claimLeaseMs = 15_000
/** Who observes a claim waits a tenth longer than who holds it believes (lease protocol §1). */
const silence = 1.1
/** How many waiting ends are looked at side by side. */
const laneCount = 64
/** The longest pause after handlers have failed, in milliseconds. */
const longestPauseMs = 300_000

/**
 * Delivers ends to the handlers of this process: those that it makes itself and those that it sees waiting (lease
 * protocol §4). The claim is in the stored end, so of all processes one delivers; when it falls silent, another takes over.
 */
export class EndDeliveries {
  /** Names this process in claims. */
  readonly #id: string = drawLife()
  readonly #parts: DeliveryParts
  readonly #running = new Map<Life, Promise<StoreToken | undefined>>()
  readonly #waiting = new Map<Life, EndRecord>()
  /** Lives whose handlers have succeeded here. */
  readonly #delivered = new Recent<Life>()
  /** Where that is written. An end may be stored twice: in a journal and, when its new life has not come, in its marker. */
  readonly #concluded = new Recent<string>()
  readonly #wheel: TimerWheel
  readonly #lanes: Lanes
  readonly #timeouts: Delays
  readonly #beats: Delays
  readonly #closing = new AbortController()
  #isTicking = false

  constructor(parts: DeliveryParts) {
    this.#parts = parts
    this.#wheel = new TimerWheel(this.#second())
    this.#lanes = new Lanes(parts.clock, laneCount)
    this.#timeouts = new Delays(parts.clock, handlerTimeoutMs)
    this.#beats = new Delays(parts.clock, claimLeaseMs / 3)
  }

  /** The claim of this process for ends of a kind that it makes; undefined: it has no handlers for them. */
  claim(kind: string): DeliveryClaim | undefined {
    const isTaken = !this.#closing.signal.aborted && this.#parts.handlers.has(kind)
    return isTaken ? { id: this.#id, leaseMs: claimLeaseMs, beat: 1 } : undefined
  }

  /** An end that waits for its handlers is stored so: it is delivered here, now or when nobody else does. */
  see(storedAs: string, marker: EndedDocument, token: StoreToken): void {
    const { life, delivery } = marker
    if (delivery.type === 'delivered' || this.#closing.signal.aborted) return
    const record = new EndRecord(this.#parts, storedAs, marker, token)
    if (this.#roleFor(record) === 'none' || this.#running.has(life)) return
    const known = this.#waiting.get(life)
    if (known !== undefined && !isLater(record, known)) return
    if (this.#isMine(delivery)) this.#start(record)
    else if (!this.#concluded.has(placeOf(record))) this.#wait(record)
  }

  /** A kind has handlers here now: what waited for those of others is looked at anew. */
  reconsider(): void {
    for (const record of this.#waiting.values()) this.#wait(record)
  }

  /**
   * Resolves when the handlers of this process have been tried for this life, at once where none are at work. Never rejects.
   * @returns the token of the marker as it was written last; undefined: none were at work, or a new life has its place
   */
  settled(life: Life): Promise<StoreToken | undefined> {
    return this.#running.get(life) ?? Promise.resolve(undefined)
  }

  /** Afterwards no handler runs: those that do are waited for. What waits is delivered by others, or by this one's successor. */
  async close(): Promise<void> {
    this.#closing.abort()
    this.#waiting.clear()
    while (this.#running.size > 0) await Promise.all(this.#running.values())
    this.#timeouts.close()
    this.#beats.close()
  }

  /** `pass-on`: the handlers are in other processes, and those do not look at this marker. */
  #roleFor({ scopeKey, storedAs }: EndRecord): 'deliver' | 'pass-on' | 'none' {
    const key = parseDocumentKey(scopeKey)
    if (key?.application !== this.#parts.application) return 'none'
    if (this.#parts.handlers.has(key.kind)) return 'deliver'
    return this.#parts.owns(storedAs) && !isJournalKey(storedAs) ? 'pass-on' : 'none'
  }

  #start(record: EndRecord): void {
    const { life } = record.marker
    this.#forget(life)
    this.#running.set(life, this.#run(record))
  }

  async #run(record: EndRecord): Promise<StoreToken | undefined> {
    await this.#deliver(record)
    this.#running.delete(record.marker.life)
    return isJournalKey(record.storedAs) ? undefined : record.token
  }

  /** Never rejects. */
  async #deliver(record: EndRecord): Promise<void> {
    const { life } = record.marker
    try {
      if (!this.#delivered.has(life)) {
        if (!(await this.#runHandlers(record))) return
        this.#delivered.add(life)
      }
      await this.#parts.onDelivered(record.scopeKey, record.marker)
      await this.#conclude(record, marker => this.#isMine(marker.delivery))
      this.#concluded.add(placeOf(record))
      if (isJournalKey(record.storedAs)) await this.#concludeMarker(record)
    } catch (error) {
      // Tried again, here or by whoever takes the claim for silent.
      this.#failed(record, error)
      this.#wait(record)
    }
  }

  /** Whether they have succeeded. Rejects as the store does. */
  async #runHandlers(record: EndRecord): Promise<boolean> {
    const { handlers } = this.#parts
    const parts = { record, id: this.#id, handlers, timeouts: this.#timeouts, beats: this.#beats }
    const outcome = await runTraced(record, new HandlerRun(parts))
    switch (outcome.type) {
      case 'succeeded':
        return true
      case 'overtaken':
        return false
      case 'failed':
        this.#failed(record, outcome.error)
        if (await this.#give(record)) this.#wait(record)
        return false
      default:
        return outcome satisfies never
    }
  }

  #failed({ scopeKey }: EndRecord, error: unknown): void {
    diagnostics.backgroundFailed.publish({ documentKey: scopeKey, what: 'delivery', error })
  }

  /** Short life and no state come with the word that the handlers have succeeded (lease protocol N2). */
  #conclude(record: EndRecord, isAllowed: (marker: EndedDocument) => boolean): Promise<boolean> {
    const deadline = secondOf(this.#parts.clock.now() + graceMs(0))
    return record.change({
      next: marker => ({ ...marker, delivery: delivered, state: undefined, deadline }),
      isDone: marker => marker.delivery.type === 'delivered',
      isAllowed,
    })
  }

  /** Whoever wrote the journal to begin a new life may not have begun it: then the marker is still there, and waits. */
  async #concludeMarker({ scopeKey, marker, token }: EndRecord): Promise<void> {
    const record = new EndRecord(this.#parts, scopeKey, marker, token)
    if (!(await record.find()) || isJournalKey(record.storedAs)) return
    if (record.marker.delivery.type === 'pending')
      await this.#conclude(record, ({ delivery }) => delivery.type === 'pending')
    this.#concluded.add(placeOf(record))
  }

  /** Gives the claim back after a failure: whoever has the handlers may try next. */
  #give(record: EndRecord): Promise<boolean> {
    const { delivery } = record.marker
    const attempt = (delivery.type === 'pending' ? delivery.attempt : 0) + 1
    return record.change({
      next: marker => ({ ...marker, delivery: { type: 'pending', attempt, claim: undefined } }),
      isDone: marker => marker.delivery.type === 'pending' && marker.delivery.attempt >= attempt,
      isAllowed: found => this.#isMine(found.delivery),
    })
  }

  #isMine(delivery: Delivery): boolean {
    return delivery.type === 'pending' && delivery.claim?.id === this.#id
  }

  #wait(record: EndRecord): void {
    if (this.#closing.signal.aborted) return
    const { life } = record.marker
    this.#waiting.set(life, record)
    // Rounded up, so that nobody is taken for silent too early.
    this.#wheel.set(life, Math.ceil((this.#parts.clock.monotonic() + this.#pauseMs(record)) / 1000))
    if (!this.#isTicking) void this.#tick()
  }

  #pauseMs(record: EndRecord): number {
    const { storedAs } = record
    const { delivery } = record.marker
    if (delivery.type === 'delivered') return 0
    const { claim, attempt } = delivery
    if (claim !== undefined) return claim.leaseMs * silence
    const afterFailureMs = attempt === 0 ? 0 : Math.min(longestPauseMs, 1000 * 2 ** (attempt - 1))
    const isFirst = this.#parts.owns(storedAs) !== false && this.#roleFor(record) === 'deliver'
    return isFirst ? afterFailureMs : afterFailureMs + claimLeaseMs
  }

  #second(): number {
    return Math.floor(this.#parts.clock.monotonic() / 1000)
  }

  #forget(life: Life): void {
    this.#waiting.delete(life)
    this.#wheel.delete(life)
  }

  async #tick(): Promise<void> {
    this.#isTicking = true
    const { clock } = this.#parts
    const { signal } = this.#closing
    while (this.#wheel.size > 0 && !signal.aborted) {
      await clock.sleep(1000 - (clock.monotonic() % 1000), signal, { isBackground: true })
      for (const life of this.#wheel.advance(this.#second())) {
        const record = this.#waiting.get(life as Life)
        if (record && !signal.aborted) await this.#lanes.start(() => this.#look(record))
      }
    }
    this.#isTicking = false
  }

  /** What waited long enough is claimed, by the token of the look that judged it (lease protocol N5). */
  async #look(record: EndRecord): Promise<void> {
    const { life, delivery: judged } = record.marker
    this.#waiting.delete(life)
    try {
      if (!(await record.find()) || record.marker.delivery.type === 'delivered') return
      const role = this.#roleFor(record)
      if (role === 'none' || this.#closing.signal.aborted) return
      if (!this.#isMine(record.marker.delivery)) {
        if (!isSame(record.marker.delivery, judged)) return this.#wait(record)
        if (role === 'pass-on') return await this.#passOn(record)
        if (!(await this.#claim(record))) return this.see(record.storedAs, record.marker, record.token)
      }
      if (this.#running.has(life)) return
      this.#start(record)
      await this.settled(life)
    } catch (error) {
      this.#failed(record, error)
      this.#wait(record)
    }
  }

  /** A journal is looked at by every process that has handlers: kept there, the end needs its marker no more. */
  async #passOn(record: EndRecord): Promise<void> {
    const { delivery: judged } = record.marker
    if (judged.type === 'delivered') return
    const delivery: Delivery = { ...judged, claim: undefined }
    await keepEnd(this.#parts, record.scopeKey, { ...record.marker, delivery })
    await this.#conclude(record, marker => isSame(marker.delivery, judged))
  }

  #claim(record: EndRecord): Promise<boolean> {
    const { delivery: judged } = record.marker
    if (judged.type === 'delivered') return Promise.resolve(false)
    const claim = { id: this.#id, leaseMs: claimLeaseMs, beat: (judged.claim?.beat ?? 0) + 1 }
    return record.change({
      next: marker => ({ ...marker, delivery: { ...judged, claim } }),
      isDone: marker => this.#isMine(marker.delivery),
      isAllowed: marker => isSame(marker.delivery, judged),
    })
  }
}

function runTraced({ scopeKey: documentKey, marker }: EndRecord, run: HandlerRun): Promise<HandlerOutcome> {
  if (!diagnostics.operation.hasSubscribers) return run.run()
  const { reason, delivery } = marker
  const attempt = delivery.type === 'pending' ? delivery.attempt : 0
  return diagnostics.operation.trace({ type: 'deliver', documentKey, reason, attempt }, () => run.run())
}

function placeOf({ storedAs, marker }: EndRecord): string {
  return `${storedAs} ${marker.life}`
}

/** What is said of the same end later. A journal is written after its marker. */
function isLater(one: EndRecord, other: EndRecord): boolean {
  if (one.storedAs !== other.storedAs) return isJournalKey(one.storedAs)
  return compareTokens(one.token, other.token) > 0
}

/** Nobody has given a sign of life between the two. */
function isSame(one: Delivery, other: Delivery): boolean {
  if (one.type === 'delivered' || other.type === 'delivered') return false
  return one.attempt === other.attempt && one.claim?.id === other.claim?.id && one.claim?.beat === other.claim?.beat
}
