import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

import type { RecordedConnection } from './recording.ts'
import { requestBytes } from './request-bytes.ts'

/** A connection as a recording opens it: sends bytes, and gives the frames that come one after the other. */
export class RecordedClient {
  readonly #socket: Socket
  readonly #hidden: Pick<RecordedConnection, 'ignorePush' | 'autoNoop'>
  #unread: Buffer = Buffer.alloc(0)
  #isEnded = false
  /** Wakes whoever waits for more. */
  #wake: () => void = () => {}

  private constructor(socket: Socket, hidden: Pick<RecordedConnection, 'ignorePush' | 'autoNoop'>) {
    this.#socket = socket
    this.#hidden = hidden
    socket.on('data', chunk => {
      this.#unread = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk])
      this.#wake()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#isEnded = true
      this.#wake()
    })
  }

  /** Resolves when the preamble is through; each of its answers must have status 0. */
  static async open(port: number, recorded: RecordedConnection, bucketName: string): Promise<RecordedClient> {
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.setNoDelay(true)
    const client = new RecordedClient(socket, recorded)
    for (const [name, bytes] of preamble(recorded, bucketName)) {
      client.send(bytes)
      const status = (await client.next()).readUInt16BE(6)
      if (status !== 0) throw new Error(`${name} of the preamble was answered with 0x${status.toString(16)}`)
    }
    return client
  }

  send(bytes: Buffer): void {
    this.#socket.write(bytes)
  }

  /** The next frame; rejects when none comes. */
  async next(): Promise<Buffer> {
    for (;;) {
      const frame = this.take()
      if (frame) return frame
      if (this.#isEnded) throw new Error('the server closed the connection')
      await this.more()
    }
  }

  /** The next frame if it is there. */
  take(): Buffer | undefined {
    for (;;) {
      const frame = this.#cut()
      if (!frame || !this.#isHidden(frame)) return frame
    }
  }

  get isEnded(): boolean {
    return this.#isEnded
  }

  /** What came and was not read, as far as it is known. */
  get unread(): Buffer {
    return this.#unread
  }

  /** Resolves when the server has closed the connection. */
  async closed(): Promise<void> {
    while (!this.#isEnded) await this.more()
  }

  /** Closes it as a client does that was killed. */
  reset(): void {
    this.#socket.resetAndDestroy()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  /** Says that nothing more will be sent; resolves with all frames that were still to come. */
  async drain(): Promise<readonly Buffer[]> {
    this.#socket.end()
    await this.closed()
    const frames: Buffer[] = []
    for (let frame = this.take(); frame; frame = this.take()) frames.push(frame)
    return this.#unread.length > 0 ? [...frames, this.#unread] : frames
  }

  #isHidden(frame: Buffer): boolean {
    if (this.#hidden.ignorePush && frame[0] === 0x82 && frame[1] === 0x01) return true
    if (!this.#hidden.autoNoop || frame[0] !== 0x80 || frame[1] !== 0x5c) return false
    const answer = Buffer.from(frame)
    answer[0] = 0x81
    this.send(answer)
    return true
  }

  #cut(): Buffer | undefined {
    if (this.#unread.length < 24) return undefined
    const length = 24 + this.#unread.readUInt32BE(8)
    if (this.#unread.length < length) return undefined
    const frame = this.#unread.subarray(0, length)
    this.#unread = this.#unread.subarray(length)
    return frame
  }

  /** Resolves when more has come, or the end. */
  more(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`nothing came for ${PATIENCE_MS} ms`)), PATIENCE_MS)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

/** How long an answer may take before a scenario has failed; nothing waits so long when all is well. */
const PATIENCE_MS = 30_000

/** Requests that bring a connection where a recording begins. */
function preamble(
  { bare, hello = [], user = '', password = '', select, dcp }: RecordedConnection,
  bucketName: string,
): readonly (readonly [name: string, request: Buffer])[] {
  if (bare) return []
  const features = Buffer.alloc(hello.length * 2)
  hello.forEach((feature, at) => features.writeUInt16BE(feature, at * 2))
  const open = Buffer.alloc(8)
  open.writeUInt32BE(dcp?.flags ?? 0, 4)
  return [
    ['HELLO', requestBytes(0x1f, { key: '{"a":"golden","i":"1"}', value: features })],
    ['SASL_AUTH', requestBytes(0x21, { key: 'PLAIN', value: Buffer.from(`\0${user}\0${password}`) })],
    ...(select ? [['SELECT_BUCKET', requestBytes(0x89, { key: bucketName })] as const] : []),
    ...(dcp ? [['DCP_OPEN', requestBytes(0x50, { key: dcp.name, extras: open })] as const] : []),
    ...(dcp?.control ?? []).map(
      ([key, value]) => ['DCP_CONTROL', requestBytes(0x5e, { key, value: Buffer.from(value) })] as const,
    ),
  ]
}
