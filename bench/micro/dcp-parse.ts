import { cpuCosts } from '../cpu-time.ts'
import { budgetRow } from '../rows.ts'
import type { Suite } from '../suite.ts'

const name = 'dcp-parse'
const documentBytes = 1024
/** What a socket delivers at once. */
const chunkBytes = 65_536
const messages = 20_000

/** How many mutations of the changes feed one process takes out of the bytes of a socket and into its streams. */
export const dcpParse: Suite = {
  names: [name],
  async measure({ progress }) {
    progress('dcp-parse: mutations of 1 KB')
    const codec = await loadCodecParts()
    const chunks = chunksOf(mutations())
    const sides = {
      parsed: { run: () => readAll(codec, chunks, false) },
      streamed: { run: () => readAll(codec, chunks, true) },
    }
    const { parsed, streamed } = await cpuCosts(sides, { rounds: 15, times: 1 })
    const perSecond = (microseconds: number): number => messages / (microseconds / 1_000_000)
    return [
      budgetRow(
        {
          name,
          value: perSecond(parsed),
          unit: 'mutations/s of CPU',
          note: `frames and messages, documents of ${documentBytes} bytes in chunks of 64 KiB; ${Math.round(perSecond(streamed))} with the stream machine behind`,
        },
        { relation: '>', limit: 100_000 },
      ),
    ]
  },
}

/** A frame as the reader gives it; its parts are the codec's business. */
type Frame = object

/** The parts of the codec that nobody but the package itself may use. */
interface CodecParts {
  readonly FrameReader: new () => { read(chunk: Buffer): readonly Frame[] }
  readonly decodeStreamMessage: (frame: Frame) => { readonly seqno: number; readonly body: Buffer }
  readonly beginStream: (start: object) => object
  readonly nextStreamState: (
    state: object,
    event: object,
  ) => { readonly state: object; readonly effects: readonly object[] }
}

async function loadCodecParts(): Promise<CodecParts> {
  const index = import.meta.resolve('@scopes/couchbase')
  const parts = ['dcp/codec/frame-reader.js', 'dcp/codec/stream-message.js', 'dcp/stream/stream-state.js']
  const modules = await Promise.all(parts.map(async part => (await import(new URL(part, index).href)) as object))
  return Object.assign({}, ...modules) as CodecParts
}

function readAll(codec: CodecParts, chunks: readonly Buffer[], hasStream: boolean): void {
  const { decodeStreamMessage, nextStreamState } = codec
  const reader = new codec.FrameReader()
  let state = hasStream ? openStream(codec) : {}
  let bytes = 0
  let effects = 0
  for (const chunk of chunks) {
    for (const frame of reader.read(chunk)) {
      const message = decodeStreamMessage(frame)
      bytes += message.body.length
      if (!hasStream) continue
      const step = nextStreamState(state, { type: 'message', epoch: 1, message })
      state = step.state
      effects += step.effects.length
    }
  }
  if (bytes !== messages * documentBytes) throw new Error(`${bytes} bytes of documents were read.`)
  if (hasStream && effects !== messages) throw new Error(`${effects} changes were delivered.`)
}

/** A stream in a snapshot that holds all. */
function openStream({ beginStream, nextStreamState }: CodecParts): object {
  const uuid = '0000000000000001'
  const events = [
    { type: 'ready' },
    { type: 'answered', epoch: 1, answer: { type: 'accepted', failoverLog: [{ uuid, seqno: 0 }] } },
    { type: 'message', epoch: 1, message: { type: 'snapshot-marker', start: 0, end: messages, flags: 1 } },
  ]
  return events.reduce(
    (state, event) => nextStreamState(state, event).state,
    beginStream({ uuid, seqno: 0, snapStart: 0, snapEnd: 0 }),
  )
}

/** Mutations as a server sends them: the header and extras of a recorded one, another seqno, key and value each. */
function mutations(): Buffer {
  const head =
    '8057002a1f000022000000000000102218ea50cc9110000000000000000000000000000000000001020000000000000000000000000002'
  const keyBytes = 42
  const body = Buffer.alloc(documentBytes, 'x')
  return Buffer.concat(
    Array.from({ length: messages }, (_, index) => {
      const header = Buffer.from(head, 'hex')
      header.writeUInt32BE(header.length - 24 + keyBytes + documentBytes, 8)
      header.writeUInt32BE(index + 1, 28)
      // The id of a collection, then the key.
      const key = Buffer.from(`\u{8}session:shop:${String(index).padStart(keyBytes - 14, '0')}`)
      return Buffer.concat([header, key, body])
    }),
  )
}

function chunksOf(bytes: Buffer): readonly Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, index) =>
    Buffer.from(bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes)),
  )
}
