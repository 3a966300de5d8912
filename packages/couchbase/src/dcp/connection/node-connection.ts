import type { Clock } from '@scopes/core'

import { type ClusterConfig, decodeClusterConfig, isConfigPush } from '../codec/cluster-config.ts'
import type { Frame } from '../codec/frame.ts'
import { isAnswer, magics } from '../codec/magic.ts'
import { MalformedMessageError } from '../codec/malformed-message-error.ts'
import { encodeDcpNoopAnswer } from '../codec/noop.ts'
import { opcodes } from '../codec/opcode.ts'
import { isStreamMessage } from '../codec/stream-message.ts'
import { ConnectionError } from './connection-error.ts'
import { type ConnectSocketOptions, connectSocket } from './connect-socket.ts'
import { FrameSocket } from './frame-socket.ts'

/** What a node tells unasked. */
export interface NodeEvents {
  /** A message of a stream, or the answer to the request for one. @throws MalformedMessageError closes the connection */
  readonly onStreamFrame: (frame: Frame) => void
  /** A newer config than the node has told before. */
  readonly onConfig: (config: ClusterConfig) => void
  /** Once; whoever waits for an answer has been told before. */
  readonly onClosed: (error: ConnectionError) => void
}

/** How a connection is made and kept. */
export interface NodeConnectionOptions extends ConnectSocketOptions {
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>
  /** Without a byte for so long the peer is taken for gone, in milliseconds. */
  readonly silenceMs: number
}

/** A request that has no answer yet. */
interface Pending {
  readonly opcode: number
  readonly sentAt: number
  readonly resolve: (frame: Frame) => void
  readonly reject: (error: ConnectionError) => void
}

/** How often it is looked whether something is overdue, in milliseconds. */
const watchMs = 500

/**
 * A connection to one node: answers find their requests, noops of the server are answered, and a peer that is silent, or
 * answers too late, is given up. It never stops reading: what may come is bounded by flow control.
 */
export class NodeConnection {
  readonly #options: NodeConnectionOptions
  readonly #where: string
  readonly #events: NodeEvents
  readonly #pending = new Map<number, Pending>()
  readonly #closed = new AbortController()
  #socket: FrameSocket | undefined
  #lastOpaque = 0

  private constructor(options: NodeConnectionOptions, events: NodeEvents) {
    this.#options = options
    this.#events = events
    this.#where = `${options.address.host}:${options.address.port}`
  }

  /** A connection on which nothing was said yet. Rejects with a ConnectionError. */
  static async connect(options: NodeConnectionOptions, events: NodeEvents): Promise<NodeConnection> {
    const connection = new NodeConnection(options, events)
    const socket = await connectSocket(options)
    connection.#socket = new FrameSocket(socket, connection.#where, {
      onFrame: frame => connection.#receive(frame),
      onClosed: error => connection.#end(error),
    })
    void connection.#watch(connection.#socket)
    return connection
  }

  /** Host and port, for messages. */
  get where(): string {
    return this.#where
  }

  /**
   * The answer, whatever its status. Rejects with a ConnectionError when the connection ends first; one that answers
   * too late is ended.
   */
  ask(encode: (opaque: number) => Buffer): Promise<Frame> {
    return new Promise((resolve, reject) => {
      if (this.#closed.signal.aborted) {
        return reject(new ConnectionError('closed', `The connection to ${this.#where} is closed.`))
      }
      this.#lastOpaque = (this.#lastOpaque + 1) % 2 ** 32
      const bytes = encode(this.#lastOpaque)
      const opcode = bytes[1] ?? 0
      this.#pending.set(this.#lastOpaque, { opcode, sentAt: this.#options.clock.monotonic(), resolve, reject })
      this.#socket?.write(bytes)
    })
  }

  /** Sends what is not answered, or by stream frames. Nothing happens once it is closed. */
  send(bytes: Buffer): void {
    this.#socket?.write(bytes)
  }

  /** Afterwards it is closed, and that has been told, with this error. */
  close(error: ConnectionError = new ConnectionError('abandoned', `${this.#where} is not needed any more.`)): void {
    this.#socket?.close(error)
  }

  #receive(frame: Frame): void {
    if (isStreamMessage(frame)) return this.#events.onStreamFrame(frame)
    if (isAnswer(frame.magic)) return this.#answered(frame)
    if (frame.magic === magics.request && frame.opcode === opcodes.dcpNoop) {
      return this.#socket?.write(encodeDcpNoopAnswer(frame.opaque))
    }
    if (isConfigPush(frame)) {
      const config = decodeClusterConfig(frame)
      if (config) this.#events.onConfig(config)
      return
    }
    // A server request that was not asked for and needs no answer: a newer server tells more than we know.
    if (frame.magic === magics.serverRequest) return
    throw new MalformedMessageError(`A request with the opcode 0x${frame.opcode.toString(16)} came from the server.`, {
      opcode: frame.opcode,
    })
  }

  #answered(frame: Frame): void {
    if (frame.opcode === opcodes.dcpStreamRequest) return this.#events.onStreamFrame(frame)
    // Nobody waits for it.
    if (frame.opcode === opcodes.dcpCloseStream || frame.opcode === opcodes.dcpBufferAcknowledgement) return
    const pending = this.#pending.get(frame.opaque)
    if (pending === undefined || pending.opcode !== frame.opcode) {
      throw new MalformedMessageError('An answer came to what was not asked.', { opcode: frame.opcode })
    }
    this.#pending.delete(frame.opaque)
    pending.resolve(frame)
  }

  async #watch(socket: FrameSocket): Promise<void> {
    const { clock, silenceMs, timeoutMs } = this.#options
    let seen = socket.bytesRead
    let seenAt = clock.monotonic()
    while (!this.#closed.signal.aborted) {
      await clock.sleep(watchMs, this.#closed.signal)
      const now = clock.monotonic()
      if (socket.bytesRead !== seen) {
        seen = socket.bytesRead
        seenAt = now
      }
      const [oldest] = this.#pending.values()
      if (oldest && now - oldest.sentAt > timeoutMs) {
        socket.close(new ConnectionError('timed-out', `${this.#where} did not answer in ${timeoutMs} ms.`))
      } else if (now - seenAt > silenceMs) {
        socket.close(new ConnectionError('silent', `${this.#where} was silent for ${silenceMs} ms.`))
      }
    }
  }

  #end(error: ConnectionError): void {
    this.#closed.abort()
    const pending = [...this.#pending.values()]
    this.#pending.clear()
    for (const { reject } of pending) reject(error)
    this.#events.onClosed(error)
  }
}
