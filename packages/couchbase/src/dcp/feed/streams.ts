import type { Clock } from '@scopes/core'

import type { Frame } from '../codec/frame.ts'
import { isAnswer } from '../codec/magic.ts'
import { MalformedMessageError } from '../codec/malformed-message-error.ts'
import { statuses } from '../codec/status.ts'
import { decodeStreamMessage } from '../codec/stream-message.ts'
import { type StreamFilter, decodeStreamAnswer, encodeStreamRequest, streamFlags } from '../codec/stream-request.ts'
import { ConnectionError } from '../connection/connection-error.ts'
import { type Position, positionNow } from '../stream/position.ts'
import { isDropOf, madeCollection } from '../codec/system-event.ts'
import { isOfEpoch, opaqueOf, vbucketOf } from '../stream/stream-opaque.ts'
import {
  type FailReason,
  type StreamEffect,
  type StreamEvent,
  type StreamStart,
  type StreamState,
  beginStream,
  nextStreamState,
} from '../stream/stream-state.ts'
import { streamPauseMs } from './backoff.ts'
import { CatchUps } from './catch-ups.ts'
import type { FlowAccount } from './flow-account.ts'
import type { QueuedMessage } from './message-queue.ts'
import type { NodeLink } from './node-link.ts'

/** What the streams of a reading work with. */
export interface StreamsOptions {
  readonly starts: readonly StreamStart[]
  readonly filter: StreamFilter
  /** Ids of the collections that are read; those of a whole scope grow by what is made in it. */
  readonly collections: readonly number[]
  readonly clock: Clock
  readonly signal: AbortSignal
  /** The link to the master of a vbucket, if it can be asked now. */
  readonly readyFor: (vbucket: number) => NodeLink | undefined
  /** The config may be old. */
  readonly onLost: () => void
  /** What comes, in the order that it is to be handed out. */
  readonly onMessage: (message: QueuedMessage) => void
  /** It is known where the vbucket begins. */
  readonly onLocated: (vbucket: number, position: Position) => void
  /** The server broke the protocol; the stream is asked for again. */
  readonly onBroken: (vbucket: number, detail: string) => void
  /** The node refuses the vbucket; the stream is asked for again. */
  readonly onRefused: (vbucket: number, status: number) => void
  /** The vbucket cannot be read. */
  readonly onFail: (vbucket: number, reason: FailReason, status: number | undefined) => void
}

/** The stream of one vbucket, and where it is. */
interface Slot {
  readonly vbucket: number
  state: StreamState
  /** Where it was asked for; undefined while it waits. */
  link: NodeLink | undefined
  isPaused: boolean
}

/** How far a link is, as it is being asked. */
interface Question {
  /** Somebody came after it who wants to know too. */
  isWantedAgain: boolean
}

/** The streams of all vbuckets: feeds the machine of each with what happens, and does what it says. */
export class Streams {
  readonly #options: StreamsOptions
  readonly #slots: readonly Slot[]
  readonly #catchUps: CatchUps
  readonly #collections: Set<number>
  /** Those that pause, by reason and attempt. */
  readonly #paused = new Map<string, Slot[]>()
  /** To end the pauses with the reading: there may be many at a time, and its signal has one listener for all. */
  readonly #pauses = new Set<AbortController>()
  /** Vbuckets to be located, by link: those of one turn are asked for together. */
  readonly #locating = new Map<NodeLink, number[]>()
  /** Links that are asked how far they are: the question that is under way. */
  readonly #asking = new Map<NodeLink, Question>()
  /** What the machine is told at the moment, when that came in a frame. */
  #arrived: { readonly flow: FlowAccount; readonly bytes: number } | undefined

  constructor(options: StreamsOptions) {
    this.#options = options
    this.#slots = options.starts.map((start, vbucket) => ({
      vbucket,
      state: beginStream(start),
      link: undefined,
      isPaused: false,
    }))
    this.#catchUps = new CatchUps(options.starts.length)
    this.#collections = new Set(options.collections)
    options.signal.addEventListener('abort', () => {
      for (const pause of this.#pauses) pause.abort()
    })
  }

  /** Every vbucket is being read. */
  get isWhole(): boolean {
    return this.#slots.every(({ state }) => state.type === 'streaming')
  }

  /** Each vbucket will say that it has caught up as of now, or later. */
  probe(): void {
    this.#catchUps.want(this.#options.clock.monotonic())
    const links = new Set(this.#slots.flatMap(({ link, state }) => (state.type === 'streaming' && link ? link : [])))
    for (const link of links) this.#ask(link)
  }

  /** There may be links now that streams wait for, or vbuckets have moved. */
  resume(): void {
    for (const slot of this.#slots) {
      if (slot.link === undefined) this.#open(slot)
      else {
        const master = this.#options.readyFor(slot.vbucket)
        if (master !== undefined && master !== slot.link) this.#dispatch(slot, { type: 'moved' })
      }
    }
  }

  /** The link is gone, and all streams on it. */
  disconnected(link: NodeLink): void {
    this.#asking.delete(link)
    for (const slot of this.#slots) if (slot.link === link) this.#dispatch(slot, { type: 'disconnected' })
  }

  /** What breaks the grammar of its message breaks its stream, and no other. */
  receive(link: NodeLink, frame: Frame, flow: FlowAccount): void {
    const { opaque } = frame
    const slot = this.#slots[vbucketOf(opaque)]
    const { state } = slot ?? {}
    const isCurrent = slot?.link === link && state !== undefined && 'epoch' in state && isOfEpoch(opaque, state.epoch)
    if (isAnswer(frame.magic)) {
      if (!isCurrent) return
      if (frame.vbucketOrStatus === statuses['not-my-vbucket']) link.offerConfigIn(frame)
      return this.#dispatch(slot, answerIn(frame, state.epoch))
    }
    const bytes = frame.bytes.length
    flow.received(bytes)
    // What is late is acknowledged too, or the server would wait for it.
    if (!isCurrent) return flow.processed(bytes)
    this.#arrived = { flow, bytes }
    this.#dispatch(slot, messageIn(frame, state.epoch))
    if (this.#arrived !== undefined) flow.processed(bytes)
    this.#arrived = undefined
  }

  #open(slot: Slot): void {
    if (slot.isPaused || slot.state.type !== 'waiting') return
    const link = this.#options.readyFor(slot.vbucket)
    if (link === undefined) return
    slot.link = link
    this.#dispatch(slot, { type: 'ready' })
  }

  #dispatch(slot: Slot, event: StreamEvent): void {
    const { state, effects } = nextStreamState(slot.state, event)
    slot.state = state
    for (const effect of effects) this.#apply(slot, effect)
  }

  #apply(slot: Slot, effect: StreamEffect): void {
    const { vbucket, link } = slot
    const { onMessage } = this.#options
    switch (effect.type) {
      case 'locate':
        return this.#locate(slot)
      case 'request':
        return this.#request(slot, effect.epoch, effect.position)
      case 'close-stream':
        return link?.closeStream(0, vbucket)
      case 'wait':
        return this.#wait(slot, effect)
      case 'opened':
        onMessage({ type: 'moved', vbucket, position: effect.position })
        return this.#opened(slot, effect.position)
      case 'rolled-back':
      case 'lost':
        this.#catchUps.reset(vbucket)
        if (slot.state.type === 'streaming') onMessage({ type: effect.type, vbucket, position: slot.state.position })
        return
      case 'deliver':
        return this.#deliver(slot, effect)
      case 'advance':
        onMessage({ type: 'moved', vbucket, position: effect.position })
        return this.#reached(slot, effect.position)
      case 'broken':
        return this.#options.onBroken(vbucket, effect.detail)
      case 'refused':
        return this.#options.onRefused(vbucket, effect.status)
      case 'fail':
        return this.#options.onFail(vbucket, effect.reason, effect.status)
      default:
        effect satisfies never
    }
  }

  #deliver(slot: Slot, { item, position }: Extract<StreamEffect, { type: 'deliver' }>): void {
    const { vbucket, link } = slot
    const { onMessage, onFail } = this.#options
    const arrived = this.#arrived
    link?.succeeded()
    if (item.type === 'system-event') {
      onMessage({ type: 'moved', vbucket, position })
      const made = madeCollection(item)
      if (made !== undefined) this.#collections.add(made)
      if (isDropOf(item, this.#collections)) onFail(vbucket, 'unknown-collection', undefined)
    } else if (arrived !== undefined) {
      this.#arrived = undefined
      onMessage({ type: 'item', vbucket, item, position, ...arrived })
    }
    this.#reached(slot, position)
  }

  #request({ vbucket, link }: Slot, epoch: number, position: Position): void {
    const { filter } = this.#options
    const opaque = opaqueOf(vbucket, epoch)
    link?.send(encodeStreamRequest({ opaque, vbucket, flags: streamFlags.activeOnly, ...position, filter }))
  }

  #wait(slot: Slot, { reason, attempt }: Extract<StreamEffect, { type: 'wait' }>): void {
    const { clock, signal, onLost } = this.#options
    slot.link = undefined
    if (reason === 'moved') onLost()
    slot.isPaused = true
    // Those that wait for the same have one timer: a lost connection stops a thousand streams.
    const name = `${reason} ${attempt}`
    const others = this.#paused.get(name)
    if (others) return void others.push(slot)
    const slots = [slot]
    this.#paused.set(name, slots)
    const over = new AbortController()
    this.#pauses.add(over)
    void clock.sleep(streamPauseMs(reason, attempt, Math.random()), over.signal).then(() => {
      this.#pauses.delete(over)
      this.#paused.delete(name)
      for (const paused of slots) {
        paused.isPaused = false
        if (!signal.aborted) this.#open(paused)
      }
    })
  }

  /** The vbuckets that are to be located on a link in this turn are located together. */
  #locate({ vbucket, link }: Slot): void {
    if (link === undefined) return
    const vbuckets = this.#locating.get(link)
    if (vbuckets) return void vbuckets.push(vbucket)
    this.#locating.set(link, [vbucket])
    queueMicrotask(() => {
      const all = this.#locating.get(link) ?? []
      this.#locating.delete(link)
      this.#locateOn(link, all).catch((error: unknown) => link.failBy(error))
    })
  }

  async #locateOn(link: NodeLink, vbuckets: readonly number[]): Promise<void> {
    const asOf = this.#options.clock.monotonic()
    const [seqnos, ...logs] = await Promise.all([
      this.#highest(link),
      ...vbuckets.map(vbucket => link.askFailoverLog(vbucket)),
    ])
    for (const [index, vbucket] of vbuckets.entries()) {
      const slot = this.#slots[vbucket]
      if (slot?.link !== link || slot.state.type !== 'locating') continue
      const [failoverLog, seqno] = [logs[index], seqnos.get(vbucket)]
      if (failoverLog === undefined || seqno === undefined) {
        this.#dispatch(slot, { type: 'moved' })
        continue
      }
      this.#catchUps.answered(vbucket, seqno, asOf)
      this.#options.onLocated(vbucket, positionNow(failoverLog, seqno))
      this.#dispatch(slot, { type: 'located', failoverLog, seqno })
    }
  }

  /**
   * Of all collections where the user may ask for that: a position below what was purged of others would be taken for
   * one that is too old.
   */
  async #highest(link: NodeLink): Promise<ReadonlyMap<number, number>> {
    try {
      return await link.askSeqnos(undefined)
    } catch (error) {
      if (error instanceof ConnectionError && error.reason === 'no-access') {
        return link.askSeqnos(this.#collections)
      }
      throw error
    }
  }

  #opened(slot: Slot, position: Position): void {
    this.#reached(slot, position)
    // Those that open in this turn are asked for together.
    if (slot.link && this.#catchUps.mustAsk(slot.vbucket)) this.#ask(slot.link)
  }

  #ask(link: NodeLink): void {
    const underWay = this.#asking.get(link)
    if (underWay) return void (underWay.isWantedAgain = true)
    const question: Question = { isWantedAgain: false }
    this.#asking.set(link, question)
    setImmediate(() => {
      if (this.#options.signal.aborted) return
      this.#askOn(link, question).catch((error: unknown) => {
        // It may be that of a connection that is gone, and on the next one the link is asked again.
        if (this.#asking.get(link) === question) this.#asking.delete(link)
        link.failBy(error)
      })
    })
  }

  /** Guard: asked again only if somebody wants it who came after the question. */
  async #askOn(link: NodeLink, question: Question): Promise<void> {
    question.isWantedAgain = false
    const asOf = this.#options.clock.monotonic()
    const seqnos = await link.askSeqnos(this.#collections)
    for (const slot of this.#slots) {
      const { vbucket, state } = slot
      const seqno = seqnos.get(vbucket)
      const isAsked = slot.link === link && state.type === 'streaming' && this.#catchUps.mustAsk(vbucket)
      if (seqno === undefined || !isAsked) continue
      this.#catchUps.answered(vbucket, seqno, asOf)
      this.#reached(slot, state.position)
    }
    if (this.#asking.get(link) === question) this.#asking.delete(link)
    if (question.isWantedAgain) this.#ask(link)
  }

  #reached({ vbucket }: Slot, { seqno }: Position): void {
    const asOf = this.#catchUps.reached(vbucket, seqno)
    if (asOf !== undefined) this.#options.onMessage({ type: 'caught-up', vbucket, asOf })
  }
}

function answerIn(frame: Frame, epoch: number): StreamEvent {
  try {
    return { type: 'answered', epoch, answer: decodeStreamAnswer(frame) }
  } catch (error) {
    return malformed(error, epoch)
  }
}

function messageIn(frame: Frame, epoch: number): StreamEvent {
  try {
    return { type: 'message', epoch, message: decodeStreamMessage(frame) }
  } catch (error) {
    return malformed(error, epoch)
  }
}

/** The frame was whole, so what follows it can be read all the same. */
function malformed(error: unknown, epoch: number): StreamEvent {
  if (!(error instanceof MalformedMessageError)) throw error
  return { type: 'malformed', epoch, detail: error.message }
}
