import { type FeedToken, InvalidArgumentError } from '@scopes/core'

import { type VbucketUuid, noUuid } from '../codec/vbucket-uuid.ts'
import { type Position, isPosition } from '../stream/position.ts'

/** What a token belongs to: positions in another bucket, or in a collection made anew, say nothing. */
export interface TokenOrigin {
  readonly bucketUuid: string
  /** The id of each collection that was read, by its name. */
  readonly collections: Readonly<Record<string, number>>
}

/** What a token says. */
export interface TokenContent {
  readonly origin: TokenOrigin
  /** By vbucket. */
  readonly positions: readonly Position[]
}

/**
 * Tokens of one reading, made one from the other. A token is text: all positions, then one entry for each that has moved
 * since, which is appended (to V8 that is a link to the text before, nothing is copied); now and then all are written
 * anew. So a token costs the same however many vbuckets there are, and says nothing of what comes later.
 *
 * `dcp1~origin~positions~sum`, then any number of `~vbucket.seqno.back.ahead[.uuid]~sum`: origin JSON and positions in
 * base64url; each position uuid u64, then LEB128 of seqno, of what it is above the start of its snapshot, and below the
 * end; the sum is FNV-1a of all before it, so that whatever was cut or changed is found.
 */
export class FeedTokens {
  readonly #origin: string
  readonly #positions: Position[]
  #text = ''
  #sum = 0
  /** Entries since all positions were written. */
  #entries = 0

  constructor({ origin, positions }: TokenContent) {
    this.#origin = base64url(JSON.stringify(origin))
    this.#positions = [...positions]
    this.#writeAll()
  }

  /** For all positions as they are now. */
  get current(): FeedToken {
    return this.#text as FeedToken
  }

  /** Afterwards the vbucket stands there. */
  move(vbucket: number, position: Position): void {
    const before = this.#positions[vbucket]
    if (before === undefined || isSame(before, position)) return
    this.#positions[vbucket] = position
    if (this.#entries >= mostEntries) return this.#writeAll()
    this.#entries++
    const { uuid, seqno, snapStart, snapEnd } = position
    const branch = uuid === before.uuid ? '' : `.${uuid}`
    this.#append(`~${vbucket}.${seqno}.${seqno - snapStart}.${snapEnd - seqno}${branch}`)
  }

  #writeAll(): void {
    this.#text = ''
    this.#sum = emptySum
    this.#entries = 0
    this.#append(`${prefix}~${this.#origin}~${base64url(encodePositions(this.#positions))}`)
  }

  #append(text: string): void {
    this.#sum = summed(this.#sum, text)
    this.#text += `${text}~${this.#sum}`
  }
}

/**
 * What the token says.
 * @throws InvalidArgumentError when it is no token of this kind of feed, or was cut or changed
 */
export function decodeFeedToken(token: FeedToken): TokenContent {
  const [name, origin, written, ...rest] = String(token).split('~')
  if (name !== prefix || origin === undefined || written === undefined || rest.length % 2 === 0) throw noToken()
  let sum = summed(emptySum, `${name}~${origin}~${written}`)
  const positions = decodePositions(Buffer.from(written, 'base64url'))
  for (const [index, part] of rest.entries()) {
    if (index % 2 === 0) {
      if (part !== String(sum)) throw noToken()
      continue
    }
    sum = summed(sum, `~${part}`)
    const [vbucket, position] = decodeEntry(part, positions)
    positions[vbucket] = position
  }
  return { origin: decodeOrigin(origin), positions }
}

const prefix = 'dcp1'
/** After so many changes a token is about as long as one that is written anew with 1,024 vbuckets. */
const mostEntries = 512
const emptySum = 0x811c9dc5

function isSame(one: Position, other: Position): boolean {
  return (
    one.seqno === other.seqno &&
    one.snapEnd === other.snapEnd &&
    one.snapStart === other.snapStart &&
    one.uuid === other.uuid
  )
}

/** FNV-1a, 32 bits. */
function summed(before: number, text: string): number {
  let sum = before
  for (let at = 0; at < text.length; at++) sum = Math.imul(sum ^ text.charCodeAt(at), 0x01000193)
  return sum >>> 0
}

function encodePositions(positions: readonly Position[]): Buffer {
  const bytes = Buffer.alloc(positions.length * mostPositionBytes)
  let at = 0
  for (const { uuid, seqno, snapStart, snapEnd } of positions) {
    at += bytes.write(uuid, at, 'hex')
    for (const count of [seqno, seqno - snapStart, snapEnd - seqno]) at = writeCount(bytes, count, at)
  }
  return bytes.subarray(0, at)
}

/** A uuid, and three counts of up to 53 bits. */
const mostPositionBytes = 8 + 3 * 8

function writeCount(bytes: Buffer, count: number, start: number): number {
  let at = start
  let left = count
  for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes[at++] = (left % 0x80) + 0x80
  bytes[at++] = left
  return at
}

function decodePositions(bytes: Buffer): Position[] {
  const positions: Position[] = []
  let at = 0
  const count = (): number => {
    let value = 0
    for (let weight = 1; ; weight *= 0x80) {
      const byte = bytes[at++]
      if (byte === undefined || weight > 2 ** 49) throw noToken()
      value += (byte % 0x80) * weight
      if (byte < 0x80) return value
    }
  }
  while (at < bytes.length) {
    const uuid = bytes.toString('hex', at, at + 8) as VbucketUuid
    at += 8
    positions.push(positionOf(uuid, count(), count(), count()))
  }
  return positions
}

function decodeEntry(part: string, positions: readonly Position[]): readonly [vbucket: number, position: Position] {
  const [, vbucket, seqno, back, ahead, uuid] = /^(\d+)\.(\d+)\.(\d+)\.(\d+)(?:\.([0-9a-f]{16}))?$/.exec(part) ?? []
  const before = positions[Number(vbucket)]
  if (before === undefined) throw noToken()
  const branch = (uuid as VbucketUuid | undefined) ?? before.uuid
  return [Number(vbucket), positionOf(branch, Number(seqno), Number(back), Number(ahead))]
}

function positionOf(uuid: VbucketUuid, seqno: number, back: number, ahead: number): Position {
  const position: Position = { uuid, seqno, snapStart: seqno - back, snapEnd: seqno + ahead }
  if (!isPosition(position)) throw noToken()
  return position
}

function decodeOrigin(text: string): TokenOrigin {
  const { bucketUuid, collections } = Object(parsed(Buffer.from(text, 'base64url').toString())) as Partial<TokenOrigin>
  const isKnown =
    typeof bucketUuid === 'string' &&
    typeof collections === 'object' &&
    Object.values(collections).every(id => Number.isSafeInteger(id))
  if (!isKnown) throw noToken()
  return { bucketUuid, collections }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw noToken()
  }
}

function base64url(text: string | Buffer): string {
  return Buffer.from(text).toString('base64url')
}

function noToken(): InvalidArgumentError {
  return new InvalidArgumentError('This is no token of the changes feed of a Couchbase store, or not all of one.')
}

/**
 * Where to begin with a token: as it says, if it belongs to what is read now. Else each vbucket begins as one that stood
 * on a branch that nobody has: that is answered by `rolled-back`, and by all documents. A collection that the token does
 * not name was not read until now; of a whole scope those that it names are all still there.
 */
export function startsOf(
  { origin, positions }: TokenContent,
  now: TokenOrigin,
  { vbuckets, isWholeScope }: { readonly vbuckets: number; readonly isWholeScope: boolean },
): readonly Position[] {
  const isRemade = Object.entries(origin.collections).some(
    ([name, id]) => (now.collections[name] ?? (isWholeScope ? undefined : id)) !== id,
  )
  if (origin.bucketUuid === now.bucketUuid && positions.length === vbuckets && !isRemade) return positions
  return Array.from({ length: vbuckets }, () => nowhere)
}

/** No branch has this id: those of a server have 48 bits. */
const nowhere: Position = { uuid: 'f'.repeat(noUuid.length) as VbucketUuid, seqno: 0, snapStart: 0, snapEnd: 0 }
