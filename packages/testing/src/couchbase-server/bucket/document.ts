/** A document as it is stored, never changed in place; a tombstone is one that is deleted. */
export interface StoredDocument {
  /** Where it belongs: the id of its collection as a prefix, then its key, one character a byte. */
  readonly id: string
  readonly collection: number
  /** As it is kept: compressed where the datatype says so. */
  readonly value: Buffer
  readonly datatype: number
  /** The client's own word, kept as it is. */
  readonly flags: number
  /** Unix second after which it is gone; 0: never. */
  readonly expiry: number
  readonly cas: bigint
  readonly seqno: bigint
  readonly revision: number
  /** How the write was prepared, when it was a durable one; undefined: it was not. */
  readonly prepared: Prepared | undefined
  /** Extended attributes, each as JSON text; names that begin with `_` are the system's. */
  readonly xattrs: ReadonlyMap<string, string>
  /** Undefined: it lives. */
  readonly deletion: Deletion | undefined
  /** Unix second of the write. */
  readonly writtenAt: number
}

interface Deletion {
  readonly type: 'deleted' | 'expired'
  /** Unix second. */
  readonly at: number
}

/** The step before a durable write: it takes a seqno of its own. */
export interface Prepared {
  readonly seqno: bigint
  /** How sure the write had to be: a number of the protocol. */
  readonly level: number
}

/** Part of a document that a write gives; the vbucket adds CAS, seqno and revision. */
export type DocumentDraft = Omit<StoredDocument, 'cas' | 'seqno' | 'revision' | 'writtenAt' | 'prepared'>

export const NO_XATTRS: ReadonlyMap<string, string> = new Map()

export const EMPTY: Buffer = Buffer.alloc(0)

/** The attributes that a tombstone keeps: those of the system. */
export function systemXattrs(xattrs: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return xattrs.size === 0 ? xattrs : new Map([...xattrs].filter(([name]) => name.startsWith('_')))
}

/** Its end is before that second of the server's clock. */
export function isExpired({ expiry }: { readonly expiry: number }, nowSeconds: number): boolean {
  return expiry !== 0 && expiry < nowSeconds
}

/** What a document without attributes starts from. */
export function plainDraft(id: string, collection: number): DocumentDraft {
  return { id, collection, value: EMPTY, datatype: 0, flags: 0, expiry: 0, xattrs: NO_XATTRS, deletion: undefined }
}
