import { bodyOf } from '../bucket/document-body.ts'
import { EMPTY, NO_XATTRS, systemXattrs, type StoredDocument } from '../bucket/document.ts'
import { DATATYPE } from '../wire/datatype.ts'
import { FEATURE } from '../wire/feature.ts'
import { deflateSnappy } from '../wire/snappy-deflate.ts'
import type { Controls } from './controls.ts'
import type { ShownDocument } from './message/mutation.ts'
import { OPEN_FLAG } from './open-flag.ts'

/** What a connection has agreed to, as far as it decides how its messages look. */
export interface MessageFormat {
  /** Of OPEN. */
  readonly flags: number
  readonly controls: Readonly<Controls>
  readonly features: ReadonlySet<number>
}

/** The document as the consumer of that connection is to see it. */
export function shownDocument(document: StoredDocument, { flags, controls, features }: MessageFormat): ShownDocument {
  const key = features.has(FEATURE.collections) ? document.id : document.id.slice(1)
  const xattrs = (flags & OPEN_FLAG.includeXattrs) === 0 ? NO_XATTRS : shownXattrs(document, flags)
  const json = features.has(FEATURE.json) ? document.datatype & DATATYPE.json : 0
  const attributes = xattrs.size > 0 ? DATATYPE.xattr : 0
  if ((flags & OPEN_FLAG.noValue) !== 0) return { key, value: xattrBlob(xattrs), datatype: attributes }
  if ((flags & OPEN_FLAG.noValueWithDatatype) !== 0) {
    return { key, value: xattrBlob(xattrs), datatype: json | attributes }
  }
  const knowsSnappy = features.has(FEATURE.snappy)
  if (knowsSnappy && attributes === 0 && (document.datatype & DATATYPE.snappy) !== 0) {
    return { key, value: document.value, datatype: json | DATATYPE.snappy }
  }
  const body = bodyOf(document)
  const value = attributes === 0 ? body : Buffer.concat([xattrBlob(xattrs), body])
  if (knowsSnappy && controls.forcesCompression) {
    const deflated = deflateSnappy(value)
    if (deflated.length < value.length) {
      return { key, value: deflated, datatype: json | attributes | DATATYPE.snappy }
    }
  }
  return { key, value, datatype: json | attributes }
}

/** A deletion has lost the attributes of users, unless the consumer asks for them. */
function shownXattrs({ xattrs, deletion }: StoredDocument, flags: number): ReadonlyMap<string, string> {
  return deletion && (flags & OPEN_FLAG.deletedUserXattrs) === 0 ? systemXattrs(xattrs) : xattrs
}

/** Attributes as they precede a body: length of all u32, then for each its length u32, name, NUL, JSON, NUL. */
function xattrBlob(xattrs: ReadonlyMap<string, string>): Buffer {
  if (xattrs.size === 0) return EMPTY
  const pairs = [...xattrs].map(([name, json]) => lengthAndBytes(Buffer.from(`${name}\0${json}\0`)))
  return lengthAndBytes(Buffer.concat(pairs))
}

function lengthAndBytes(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}
