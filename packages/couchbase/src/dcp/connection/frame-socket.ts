import type { Socket } from 'node:net'

import { FrameReader } from '../codec/frame-reader.ts'
import type { Frame } from '../codec/frame.ts'
import { ConnectionError, connectionErrorOf } from './connection-error.ts'

/** What comes of a socket. */
export interface FrameSocketEvents {
  /** @throws MalformedMessageError closes the socket */
  readonly onFrame: (frame: Frame) => void
  /** Once, and nothing after it. */
  readonly onClosed: (error: ConnectionError) => void
}

/** A connected socket that speaks frames. What is written in one turn of the event loop leaves together. */
export class FrameSocket {
  readonly #socket: Socket
  readonly #where: string
  readonly #events: FrameSocketEvents
  readonly #reader = new FrameReader()
  #outgoing: Buffer[] = []
  #isClosed = false
  #bytesRead = 0

  constructor(socket: Socket, where: string, events: FrameSocketEvents) {
    this.#socket = socket
    this.#where = where
    this.#events = events
    socket.on('data', chunk => this.#read(chunk))
    socket.on('error', cause =>
      this.#close(new ConnectionError('closed', `The connection to ${where} broke: ${cause.message}`, { cause })),
    )
    socket.on('close', () => this.#close(new ConnectionError('closed', `${where} closed the connection.`)))
  }

  /** How many bytes have come. */
  get bytesRead(): number {
    return this.#bytesRead
  }

  /** Nothing happens once it is closed. */
  write(bytes: Buffer): void {
    if (this.#isClosed) return
    // One copy costs less than a thousand small pieces.
    if (this.#outgoing.push(bytes) > 1) return
    process.nextTick(() => {
      const outgoing = this.#outgoing
      this.#outgoing = []
      if (!this.#isClosed) this.#socket.write(Buffer.concat(outgoing))
    })
  }

  /** Afterwards it is closed, and that has been told. */
  close(error: ConnectionError): void {
    this.#close(error)
  }

  #read(chunk: Buffer): void {
    this.#bytesRead += chunk.length
    try {
      for (const frame of this.#reader.read(chunk)) {
        if (this.#isClosed) return
        this.#events.onFrame(frame)
      }
    } catch (error) {
      this.#close(connectionErrorOf(error, this.#where))
    }
  }

  #close(error: ConnectionError): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#socket.destroy()
    this.#events.onClosed(error)
  }
}
