import { randomUUID } from 'node:crypto'

import type { Bucket } from '../bucket/bucket.ts'
import { collectionOf, type CollectionEntry } from '../bucket/manifest.ts'
import type { Vbucket } from '../bucket/vbucket.ts'
import { decodeLeb128 } from '../wire/leb128.ts'
import { refuse, type Refusal } from '../wire/refusal.ts'
import { STATUS } from '../wire/status.ts'
import type { Call, FrameInfoSupport, Operation, Outcome } from './operation.ts'
import type { RequestShape } from './request-shape.ts'

/** A request about one document. */
export interface DocumentCall extends Call {
  readonly bucket: Bucket
  readonly vbucket: Vbucket
  readonly collection: CollectionEntry
  /** Where the document is stored: its collection and key, one character a byte. */
  readonly id: string
  /** Whether the account has that privilege here. */
  may(privilege: string): boolean
}

export interface DocumentOperation {
  readonly name: string
  /** The key is always required. */
  readonly shape: Omit<RequestShape, 'key'>
  /** All that are needed. */
  readonly privileges: readonly string[]
  readonly frameInfos?: FrameInfoSupport
  /** Answers that are not sent. */
  readonly isSilent?: (status: number, call: Call) => boolean
  readonly run: (call: DocumentCall) => Outcome
}

/** An operation on one document: finds its collection and vbucket, and checks what the account may do there. */
export function documentOperation(definition: DocumentOperation): Operation {
  const { name, shape, privileges, isSilent, run } = definition
  return {
    name,
    shape: { ...shape, key: 'required' },
    needs: 'bucket',
    frameInfos: definition.frameInfos ?? READS,
    run: call => {
      const found = findDocument(call, name, privileges)
      const outcome = isFound(found) ? run(found) : found
      const isDropped = typeof outcome === 'object' && isSilent?.(outcome.status, call)
      return isDropped ? 'silent' : outcome
    },
  }
}

/** Reads can be neither durable nor keep an expiry. */
const READS: FrameInfoSupport = { durability: 'refused-with-context', preserveTtl: false }

/** Writes can be both. */
export const WRITES: FrameInfoSupport = { durability: 'supported', preserveTtl: true }

export const SUCCESS_IS_SILENT = (status: number): boolean => status === STATUS.success

export const MISS_IS_SILENT = (status: number): boolean => status === STATUS.notFound

/** A refusal for the want of a privilege; the reference would be found in the server's log. */
export function accessRefusal(operation: string, privilege: string): Refusal {
  return refuse(
    STATUS.noAccess,
    `Authorization failure: can't execute ${operation} operation without the ${privilege} privilege`,
    { reference: randomUUID() },
  )
}

export function unknownCollection(status: number, manifestUid: bigint): Refusal {
  return refuse(status, 'Unknown scope or collection in operation', { manifestUid: manifestUid.toString(16) })
}

function findDocument(call: Call, name: string, privileges: readonly string[]): DocumentCall | Outcome {
  const { request, session, node } = call
  const { bucket, access } = session
  if (!bucket || !access) return { status: STATUS.noBucket }
  const place = documentPlace(request.key, session.knowsCollections)
  if (isPlaceError(place)) return place
  const found = collectionOf(bucket.manifest, place.collection)
  if (!found || !access.seesCollection(bucket.name, found.scope.id, place.collection)) {
    // Of the default collection the engine asks no manifest.
    return unknownCollection(STATUS.unknownCollection, place.collection === 0 && found ? 0n : bucket.manifest.uid)
  }
  const may = (privilege: string): boolean =>
    access.inCollection(bucket.name, found.scope.id, found.collection.id, privilege)
  const missing = privileges.find(privilege => !may(privilege))
  if (missing !== undefined) return accessRefusal(name, missing)
  const vbucket = ownVbucket(call)
  if (!vbucket) return notMyVbucket(call)
  const { infos } = call
  return { request, infos, session, node, bucket, vbucket, collection: found.collection, id: place.id, may }
}

/** The vbucket that the request names, if it is active on this node. */
export function ownVbucket({ request, session, node }: Call): Vbucket | undefined {
  const vbucket = session.bucket?.vbuckets[request.vbucket]
  return vbucket?.state === 'active' && vbucket.node === node.index ? vbucket : undefined
}

export function notMyVbucket({ session, node }: Call): Outcome {
  return {
    status: STATUS.notMyVbucket,
    datatype: session.knowsJson ? 1 : 0,
    value: Buffer.from(node.config(session.bucket)),
  }
}

interface DocumentPlace {
  readonly id: string
  readonly collection: number
}

/** Reads the key: without collections it is one of the default collection, which has the prefix 0. */
function documentPlace(key: Buffer, knowsCollections: boolean): DocumentPlace | Refusal {
  if (!knowsCollections) {
    if (key.length > 250) return refuse(STATUS.invalid, 'Key length exceeds 250')
    return { id: `\0${key.toString('latin1')}`, collection: 0 }
  }
  if (key.length < 2) return refuse(STATUS.invalid, 'Key length must be >= 2')
  const prefix = decodeLeb128(key)
  if (prefix === 'unterminated') return refuse(STATUS.invalid, 'No stop-byte found')
  if (prefix === 'not-canonical') return refuse(STATUS.invalid, 'Key contains non-canonical leb128')
  if (prefix.end === key.length) return refuse(STATUS.invalid, 'Key length must be >= 2')
  if (prefix.value === 0) {
    if (key.length > 251) return refuse(STATUS.invalid, 'Key length exceeds 251')
  } else if (key.length - prefix.end > 246) return refuse(STATUS.invalid, 'Logical key exceeds 246')
  if (prefix.value > 0 && prefix.value < 8) return refuse(STATUS.invalid, 'Invalid collection-id')
  return { id: key.toString('latin1'), collection: prefix.value }
}

function isPlaceError(place: DocumentPlace | Refusal): place is Refusal {
  return 'type' in place
}

function isFound(found: DocumentCall | Outcome): found is DocumentCall {
  return typeof found === 'object' && 'vbucket' in found
}
