import type { Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'

import type { Outlet } from '../dcp/outlet.ts'
import type { ChosenFault, ChosenInterruption, FaultPlan } from '../faults.ts'
import { execute } from '../operation/execute.ts'
import type { NodeView } from '../operation/operation.ts'
import { Session } from '../operation/session.ts'
import { encodeConfigPush } from '../wire/config-push.ts'
import { FEATURE } from '../wire/feature.ts'
import { frameSplitter } from '../wire/frame-splitter.ts'
import { OPCODE } from '../wire/opcode.ts'
import { decodeRequest, MAGIC, type RequestFrame } from '../wire/request.ts'
import { encodeResponse } from '../wire/response.ts'
import type { TrafficCounter } from '../traffic.ts'
import { Sender } from './sender.ts'

/** One connection of a client: cuts its bytes into requests, and carries them out one after the other. */
export class Connection {
  readonly session: Session = new Session(this.#outlet())
  /** Resolves when it is closed, however that came. */
  readonly gone: Promise<void>
  readonly #socket: Socket
  readonly #node: NodeView
  readonly #faults: FaultPlan
  readonly #traffic: TrafficCounter
  readonly #splitter = frameSplitter()
  /** Requests that wait for one before them; undefined: none does. */
  #queue: Promise<void> | undefined
  readonly #sender: Sender
  #isClosed = false

  constructor(socket: Socket, node: NodeView, faults: FaultPlan, traffic: TrafficCounter) {
    this.#socket = socket
    this.#node = node
    this.#faults = faults
    this.#traffic = traffic
    socket.setNoDelay(true)
    this.#sender = new Sender(socket, {
      isSplitting: () => faults.isSplitting,
      roomier: () => this.session.producer?.roomier(),
    })
    socket.on('data', chunk => this.#receive(chunk))
    // A client may vanish at any time: the socket closes, and that is all.
    socket.on('error', () => {})
    this.gone = new Promise(resolve => {
      socket.once('close', () => {
        this.#isClosed = true
        this.#endProducer()
        resolve()
      })
    })
  }

  /** Closes it at once; what was not yet sent is dropped. */
  destroy(): void {
    this.#isClosed = true
    this.#socket.destroy()
  }

  /** Afterwards nothing leaves on it, though it stays open. */
  freeze(): void {
    this.#sender.freeze()
  }

  /** Afterwards what was to be sent meanwhile leaves. */
  thaw(): void {
    this.#sender.thaw()
  }

  /** Sends the newest configuration to a client that wants to be told. */
  pushConfig(epoch: number, revision: number): void {
    const { features, bucket, access } = this.session
    if (!features.has(FEATURE.duplex) || !features.has(FEATURE.clustermapNotification)) return
    if (!bucket && !access?.inCluster('SystemSettings')) return
    const config = this.#node.config(bucket)
    this.#send(encodeConfigPush({ bucket: bucket?.name ?? '', epoch, revision, config }))
  }

  #receive(chunk: Buffer): void {
    this.#traffic.received(chunk.length)
    const { frames, broken } = this.#splitter.push(chunk)
    this.#socket.cork()
    for (const frame of frames) this.#accept(frame)
    this.#socket.uncork()
    if (broken) this.#end()
  }

  #accept(frame: Buffer): void {
    const magic = frame[0]
    // Of answers to what the server sent only one needs attention.
    if (magic === MAGIC.response && frame[1] === OPCODE.dcpNoop) return this.session.producer?.noopAnswered()
    if (magic !== MAGIC.request && magic !== MAGIC.requestWithFraming) return
    const request = decodeRequest(frame)
    this.#traffic.requested(request.opcode)
    const chosen = this.#faults.choose({
      opcode: request.opcode,
      bucket: this.session.bucket?.name ?? '',
      key: request.key,
      node: this.#node.index,
      vbucket: request.vbucket,
    })
    if (!this.#queue && !chosen) return this.#answer(this.#execute(request))
    const step = (): Promise<void> | void =>
      chosen ? this.#fail(request, chosen) : this.#answer(this.#execute(request))
    // Who agreed to be answered out of order does not wait for others.
    if (this.session.features.has(FEATURE.unordered)) return void step()
    const before = this.#queue ?? Promise.resolve()
    const queue: Promise<void> = before.then(step).finally(() => {
      if (this.#queue === queue) this.#queue = undefined
    })
    this.#queue = queue
  }

  async #fail(request: RequestFrame, { fault, hold }: ChosenFault): Promise<void> {
    if (this.#isClosed) return
    switch (fault.type) {
      case 'delay': {
        const early = fault.side === 'after' ? this.#execute(request) : undefined
        await setTimeout(fault.ms, undefined, { ref: false })
        return this.#answer(early ?? this.#execute(request))
      }
      case 'swallow':
        if (fault.side === 'after') this.#execute(request)
        return
      case 'close':
        if (fault.side === 'after') this.#execute(request)
        return this.destroy()
      case 'status':
        return this.#answer({
          bytes: encodeResponse(request, { status: fault.status }),
          closes: false,
          sent: undefined,
        })
      case 'late':
        return hold(() => this.#execute(request))
      case 'duplicate':
        hold(() => this.#execute(request))
        return this.#answer(this.#execute(request))
      default:
        return fault satisfies never
    }
  }

  /** Carries it out, also when the client is gone: the packet has arrived. */
  #execute(request: RequestFrame): Outgoing {
    // What HELLO switches on holds from the next request on.
    const isTraced = this.session.features.has(FEATURE.tracing)
    const startedAt = isTraced ? performance.now() : 0
    const execution = execute(request, this.session, this.#node)
    const closes = execution.type === 'close'
    if (execution.type === 'silent' || !execution.answer) return { bytes: undefined, closes, sent: undefined }
    const micros = isTraced ? (performance.now() - startedAt) * 1000 : undefined
    const { answer } = execution
    return { bytes: encodeResponse(request, answer, micros), closes, sent: answer.sent }
  }

  #answer({ bytes, closes, sent }: Outgoing): void {
    if (bytes) this.#send(bytes)
    sent?.()
    if (closes) this.#end()
  }

  /** What a producer of changes sends by itself leaves here. */
  #outlet(): Outlet {
    const room = (): number => this.#sender.roomBytes
    return {
      get roomBytes() {
        return room()
      },
      push: messages => this.#push(messages),
      close: () => this.#end(),
    }
  }

  #push(messages: readonly Buffer[]): void {
    if (!this.#faults.isInterrupting) return this.#send(joined(messages))
    for (const message of messages) {
      const chosen = this.#faults.chooseInterruption({
        opcode: message.readUInt8(1),
        bucket: this.session.bucket?.name ?? '',
        vbucket: message.readUInt16BE(6),
        node: this.#node.index,
      })
      if (chosen) this.#interrupt(message, chosen)
      else this.#send(message)
    }
  }

  #interrupt(message: Buffer, { interruption, hold }: ChosenInterruption): void {
    switch (interruption.type) {
      case 'cut':
        this.#send(message.subarray(0, interruption.bytes ?? 0))
        return this.#end()
      case 'freeze':
        this.freeze()
        hold(() => this.thaw())
        return this.#send(message)
      case 'garble': {
        const garbled = Buffer.from(message)
        garbled[interruption.at] = interruption.byte
        return this.#send(garbled)
      }
      default:
        return interruption satisfies never
    }
  }

  #endProducer(): void {
    const { producer } = this.session
    if (!producer) return
    this.#node.producers.remove(producer)
    producer.close()
  }

  #send(bytes: Buffer): void {
    if (this.#isClosed) return
    this.#traffic.sent(bytes.length)
    this.#sender.send(bytes)
  }

  /** Closes it after all that was to be sent. */
  #end(): void {
    this.#isClosed = true
    this.#sender.end()
  }
}

function joined(messages: readonly Buffer[]): Buffer {
  return messages.length === 1 && messages[0] ? messages[0] : Buffer.concat(messages)
}

/** What comes of a request. */
interface Outgoing {
  readonly bytes: Buffer | undefined
  /** The connection closes after it. */
  readonly closes: boolean
  /** Called when it has left. */
  readonly sent: (() => void) | undefined
}
