import { RecordedClient } from './golden/recorded-client.ts'
import { requestBytes, type RequestParts } from './golden/request-bytes.ts'

/** An answer of a server, taken apart. */
export interface RawAnswer {
  readonly magic: number
  readonly opcode: number
  readonly status: number
  readonly opaque: number
  readonly cas: bigint
  readonly extras: Buffer
  readonly value: Buffer
}

/** A client that speaks in bytes. */
export class RawClient {
  readonly #client: RecordedClient

  private constructor(client: RecordedClient) {
    this.#client = client
  }

  /** Logged in and with the bucket selected; further features of HELLO beside those that every test needs. */
  static async open(port: number, bucket: string, features: readonly number[] = []): Promise<RawClient> {
    const connection = {
      hello: [0x04, 0x06, 0x07, 0x08, 0x0b, 0x12, ...features],
      user: 'Administrator',
      password: 'password',
      select: true,
    }
    return new RawClient(await RecordedClient.open(port, connection, bucket))
  }

  send(opcode: number, parts?: RequestParts): void {
    this.#client.send(requestBytes(opcode, parts))
  }

  sendBytes(bytes: Buffer): void {
    this.#client.send(bytes)
  }

  /** The next frame from the server. */
  async next(): Promise<RawAnswer> {
    const frame = await this.#client.next()
    const magic = frame.readUInt8(0)
    const framing = magic === 0x18 ? frame.readUInt8(2) : 0
    const lengths = magic === 0x18 ? framing + frame.readUInt8(3) : frame.readUInt16BE(2)
    return {
      magic,
      opcode: frame.readUInt8(1),
      status: frame.readUInt16BE(6),
      opaque: frame.readUInt32BE(12),
      cas: frame.readBigUInt64BE(16),
      extras: frame.subarray(24 + framing, 24 + framing + frame.readUInt8(4)),
      value: frame.subarray(24 + lengths + frame.readUInt8(4)),
    }
  }

  async ask(opcode: number, parts?: RequestParts): Promise<RawAnswer> {
    this.send(opcode, parts)
    return this.next()
  }

  /** Ends it at once, and tells the server of an error. */
  reset(): void {
    this.#client.reset()
  }

  closed(): Promise<void> {
    return this.#client.closed()
  }

  /** Ends it; rejects when something came that nobody had asked for. */
  async end(): Promise<void> {
    const rest = await this.#client.drain()
    if (rest.length > 0) throw new Error(`unread: ${rest.map(frame => frame.toString('hex')).join(', ')}`)
  }
}
