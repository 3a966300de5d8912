import { RecordedClient } from '../golden/recorded-client.ts'
import { requestBytes } from '../golden/request-bytes.ts'

/** A message or answer of a producer, as far as tests look at it. */
export interface Came {
  readonly opcode: number
  readonly vbucket: number
  readonly opaque: number
  /** Of an answer. */
  readonly status: number
  /** Of a message of the log; for a marker that of its end. */
  readonly seqno: bigint
  /** Where the snapshot of a marker starts. */
  readonly startSeqno: bigint
  readonly key: string
  readonly value: Buffer
  /** Of a STREAM_END. */
  readonly reason: number
  readonly length: number
}

export interface StreamWish {
  readonly vbucket?: number
  readonly seqno?: bigint
  readonly uuid?: bigint
  readonly snapshotStart?: bigint
  readonly snapshotEnd?: bigint
  readonly filter?: object
}

export interface ConsumerOptions {
  readonly name?: string
  readonly user?: string
  readonly password?: string
  /** Of CONTROL, beside NOOPs. */
  readonly control?: Readonly<Record<string, string>>
  /** Tests that look at NOOPs answer them themselves. */
  readonly autoNoop?: boolean
}

/** A consumer of changes that speaks in bytes, and knows nothing of what they mean. */
export class RawConsumer {
  readonly #client: RecordedClient

  private constructor(client: RecordedClient) {
    this.#client = client
  }

  static async open(port: number, bucket: string, options: ConsumerOptions = {}): Promise<RawConsumer> {
    const { name = 'consumer', user = 'Administrator', password = 'password', control = {}, autoNoop = true } = options
    const client = await RecordedClient.open(
      port,
      {
        hello: [0x06, 0x07, 0x08, 0x0b, 0x12],
        user,
        password,
        select: true,
        autoNoop,
        dcp: { name, flags: 0x21, control: [['enable_noop', 'true'], ...Object.entries(control)] },
      },
      bucket,
    )
    return new RawConsumer(client)
  }

  send(opcode: number, parts?: Parameters<typeof requestBytes>[1]): void {
    this.#client.send(requestBytes(opcode, parts))
  }

  /** Asks for a stream; the opaque is one more than the vbucket. Resolves with the answer. */
  async stream(wish: StreamWish = {}): Promise<Came> {
    const { vbucket = 0, seqno = 0n, uuid = 0n, snapshotStart = seqno, snapshotEnd = seqno, filter } = wish
    const extras = Buffer.alloc(48)
    extras.writeBigUInt64BE(seqno, 8)
    extras.writeBigUInt64BE(2n ** 64n - 1n, 16)
    extras.writeBigUInt64BE(uuid, 24)
    extras.writeBigUInt64BE(snapshotStart, 32)
    extras.writeBigUInt64BE(snapshotEnd, 40)
    const value = filter ? Buffer.from(JSON.stringify(filter)) : Buffer.alloc(0)
    this.send(0x53, { vbucket, opaque: vbucket + 1, extras, value })
    for (;;) {
      const came = await this.next()
      if (came.opcode === 0x53) return came
    }
  }

  acknowledge(bytes: number): void {
    const extras = Buffer.alloc(4)
    extras.writeUInt32BE(bytes)
    this.send(0x5d, { extras })
  }

  /** The next message or answer; rejects when the connection closes or nothing comes. */
  async next(): Promise<Came> {
    return cameOf(await this.#client.next())
  }

  /** So many of them. */
  async take(count: number): Promise<readonly Came[]> {
    const came: Came[] = []
    while (came.length < count) came.push(await this.next())
    return came
  }

  /** What has come and was not taken yet. */
  taken(): readonly Came[] {
    const came: Came[] = []
    for (let frame = this.#client.take(); frame; frame = this.#client.take()) came.push(cameOf(frame))
    return came
  }

  /** Resolves when the server has closed the connection. */
  closed(): Promise<void> {
    return this.#client.closed()
  }

  /** Bytes that are no whole frame yet. */
  get rest(): Buffer {
    return this.#client.unread
  }

  destroy(): void {
    this.#client.destroy()
  }
}

function cameOf(frame: Buffer): Came {
  const opcode = frame.readUInt8(1)
  const extras = frame.subarray(24, 24 + frame.readUInt8(4))
  const keyAt = 24 + extras.length
  const valueAt = keyAt + frame.readUInt16BE(2)
  const isAnswer = frame[0] === 0x81
  const isMarker = opcode === 0x56
  return {
    opcode,
    vbucket: isAnswer ? 0 : frame.readUInt16BE(6),
    opaque: frame.readUInt32BE(12),
    status: isAnswer ? frame.readUInt16BE(6) : 0,
    seqno: extras.length >= 8 ? extras.readBigUInt64BE(isMarker ? 8 : 0) : 0n,
    startSeqno: isMarker ? extras.readBigUInt64BE(0) : 0n,
    key: frame.toString('latin1', keyAt, valueAt),
    value: frame.subarray(valueAt),
    reason: opcode === 0x55 ? extras.readUInt32BE() : 0,
    length: frame.length,
  }
}
