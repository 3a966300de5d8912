import { randomBytes } from 'node:crypto'

import type { CasClock } from './cas-clock.ts'
import { EMPTY, isExpired, NO_XATTRS, systemXattrs, type DocumentDraft, type StoredDocument } from './document.ts'
import type { ManifestChange } from './manifest.ts'

export type VbucketState = 'active' | 'replica' | 'pending' | 'dead'

/** Where a history began: its uuid, and the seqno that it took over from the one before it. */
export interface FailoverEntry {
  readonly uuid: bigint
  readonly seqno: bigint
}

/** A lock on a document; its CAS is the lock's alone, the document keeps its own. */
export interface DocumentLock {
  readonly cas: bigint
  readonly until: number
}

/** What a write gave: the document, and the seqno of its token, which for a durable write is that of its prepare. */
export interface Written {
  readonly document: StoredDocument
  readonly token: { readonly uuid: bigint; readonly seqno: bigint }
}

/** CAS and seqno of a write that is to come. */
export interface Reserved {
  readonly cas: bigint
  readonly seqno: bigint
}

/** Time as the operations of one vbucket see it. */
export interface VbucketClock {
  nowMs(): number
  nowSeconds(): number
}

/** One vbucket: its documents in the order of their last writes, which is its log, and what of them is on disk. */
export class Vbucket {
  readonly id: number
  state: VbucketState = 'active'
  /** Index of the node that owns it. */
  node: number
  /** Newest first. */
  #failovers: readonly FailoverEntry[] = [{ uuid: newUuid(), seqno: 0n }]
  #highSeqno = 0n
  #persistedSeqno = 0n
  /** The highest revision of a document that was deleted: a new one begins above it. */
  #highestDeletedRevision = 0
  /** By id, in the order of their seqnos: each write moves its document to the end. */
  #documents = new Map<string, StoredDocument>()
  /** What a crash leaves. */
  #onDisk = new Map<string, StoredDocument>()
  /** Locks by id of the document. */
  readonly #locks = new Map<string, DocumentLock>()
  /** Scopes and collections made and dropped, by what they are about: part of the log. */
  readonly #events = new Map<string, { readonly change: ManifestChange; readonly seqno: bigint }>()
  /** Seqno of the newest write or event of each collection. */
  #highSeqnos = new Map<number, bigint>()
  readonly #clock: VbucketClock
  readonly #cas: CasClock
  readonly #isPersisting: () => boolean

  constructor(
    id: number,
    node: number,
    { clock, cas, isPersisting }: { clock: VbucketClock; cas: CasClock; isPersisting: () => boolean },
  ) {
    this.id = id
    this.node = node
    this.#clock = clock
    this.#cas = cas
    this.#isPersisting = isPersisting
  }

  get uuid(): bigint {
    return this.#failovers[0]?.uuid ?? 0n
  }

  get failovers(): readonly FailoverEntry[] {
    return this.#failovers
  }

  get highSeqno(): bigint {
    return this.#highSeqno
  }

  get persistedSeqno(): bigint {
    return this.#persistedSeqno
  }

  /** Seqno of the newest write or event of that collection; 0: none yet. */
  highSeqnoOf(collection: number): bigint {
    return this.#highSeqnos.get(collection) ?? 0n
  }

  /** All documents and tombstones in the order of their seqnos. */
  log(): Iterable<StoredDocument> {
    return this.#documents.values()
  }

  /** What is stored, also a tombstone and a document whose end has passed unnoticed. */
  peek(id: string): StoredDocument | undefined {
    return this.#documents.get(id)
  }

  /** The living document; one whose end has passed is expired by this, which takes a seqno. */
  find(id: string): StoredDocument | undefined {
    const document = this.#documents.get(id)
    if (!document || document.deletion) return undefined
    if (!isExpired(document, this.#clock.nowSeconds())) return document
    this.remove(document, 'expired')
    return undefined
  }

  /** The same, but the end of a document is only seen, not carried out. */
  findQuietly(id: string): StoredDocument | undefined {
    const document = this.#documents.get(id)
    return document && !document.deletion && !isExpired(document, this.#clock.nowSeconds()) ? document : undefined
  }

  lockOf(id: string): DocumentLock | undefined {
    const lock = this.#locks.get(id)
    if (lock && lock.until > this.#clock.nowMs()) return lock
    this.#locks.delete(id)
    return undefined
  }

  /** Afterwards nobody else can write the document for so long. */
  lock(id: string, seconds: number): DocumentLock {
    const lock = { cas: this.#cas.next(this.#clock.nowMs()), until: this.#clock.nowMs() + seconds * 1000 }
    this.#locks.set(id, lock)
    return lock
  }

  unlock(id: string): void {
    this.#locks.delete(id)
  }

  /** CAS and seqno that the next write will have: for what must be written into the document itself. */
  reserve(isDurable: boolean): Reserved {
    return { cas: this.#cas.next(this.#clock.nowMs()), seqno: this.#highSeqno + (isDurable ? 2n : 1n) }
  }

  /** Afterwards the document is as drafted, with a new CAS, seqno and revision; a lock is gone. */
  write(draft: DocumentDraft, isDurable: boolean, reserved: Reserved = this.reserve(isDurable)): Written {
    const before = this.#documents.get(draft.id)
    const token = { uuid: this.uuid, seqno: this.#highSeqno + 1n }
    this.#highSeqno = reserved.seqno
    const document: StoredDocument = {
      ...draft,
      ...reserved,
      revision: (before?.revision ?? this.#highestDeletedRevision) + 1,
      writtenAt: this.#clock.nowSeconds(),
    }
    if (document.deletion && document.revision > this.#highestDeletedRevision) {
      this.#highestDeletedRevision = document.revision
    }
    this.#locks.delete(document.id)
    this.#documents.delete(document.id)
    this.#documents.set(document.id, document)
    this.#highSeqnos.set(document.collection, document.seqno)
    if (this.#isPersisting()) this.#persist(document)
    return { document, token }
  }

  /** Afterwards there is a tombstone in place of the document. */
  remove(document: StoredDocument, type: 'deleted' | 'expired', isDurable = false): Written {
    const xattrs = systemXattrs(document.xattrs)
    const deletion = { type, at: this.#clock.nowSeconds() }
    const datatype = xattrs.size > 0 ? 4 : 0
    return this.write({ ...document, value: EMPTY, datatype, xattrs, deletion }, isDurable)
  }

  /** Takes a seqno for a scope or collection that was made or dropped; the documents of a dropped one are gone. */
  logManifestChange(change: ManifestChange): void {
    this.#highSeqno++
    const about = subjectOf(change)
    this.#events.delete(about)
    this.#events.set(about, { change, seqno: this.#highSeqno })
    const collection = collectionId(change)
    if (collection !== undefined) {
      this.#highSeqnos.set(collection, this.#highSeqno)
      if (change.type === 'collection-dropped') this.#forget(collection)
    }
    if (this.#isPersisting()) this.#persistedSeqno = this.#highSeqno
  }

  /** Whether that scope or collection is in its log. */
  knows(change: ManifestChange): boolean {
    return this.#events.has(subjectOf(change))
  }

  /** Expires every document whose end has passed. */
  expireDue(): void {
    const nowSeconds = this.#clock.nowSeconds()
    const due = [...this.#documents.values()].filter(entry => !entry.deletion && isExpired(entry, nowSeconds))
    for (const document of due) this.remove(document, 'expired')
  }

  /** Afterwards all that is in memory is on disk. */
  persistAll(): void {
    for (const document of this.#documents.values()) if (document.seqno > this.#persistedSeqno) this.#persist(document)
    this.#persistedSeqno = this.#highSeqno
  }

  isPersisted(document: StoredDocument): boolean {
    return document.seqno <= this.#persistedSeqno
  }

  /** Afterwards the tombstones that are on disk are gone. */
  purgeTombstones(): void {
    for (const document of this.#documents.values()) {
      if (!document.deletion || !this.isPersisted(document)) continue
      this.#documents.delete(document.id)
      this.#onDisk.delete(document.id)
    }
  }

  /** Afterwards only what was on disk is left, in a new history that began there; nobody holds a lock. */
  loseUnpersisted(): void {
    this.#documents = new Map([...this.#onDisk.values()].sort(bySeqno).map(document => [document.id, document]))
    this.#highSeqno = this.#persistedSeqno
    this.#locks.clear()
    for (const [about, { seqno }] of this.#events) if (seqno > this.#highSeqno) this.#events.delete(about)
    this.#highSeqnos = new Map()
    for (const { change, seqno } of this.#events.values()) {
      const collection = collectionId(change)
      if (collection !== undefined) this.#highSeqnos.set(collection, seqno)
    }
    for (const { collection, seqno } of this.#documents.values()) this.#highSeqnos.set(collection, seqno)
    this.#failovers = [{ uuid: newUuid(), seqno: this.#highSeqno }, ...this.#failovers]
  }

  /** Afterwards it is new: no document, no history. */
  reset(): void {
    this.#documents = new Map()
    this.#onDisk = new Map()
    this.#highSeqno = 0n
    this.#persistedSeqno = 0n
    this.#highestDeletedRevision = 0
    this.#locks.clear()
    this.#events.clear()
    this.#highSeqnos = new Map()
    this.#failovers = [{ uuid: newUuid(), seqno: 0n }]
  }

  /** Nobody holds a lock any more. */
  forgetLocks(): void {
    this.#locks.clear()
  }

  #persist(document: StoredDocument): void {
    this.#onDisk.delete(document.id)
    this.#onDisk.set(document.id, document)
    if (document.seqno > this.#persistedSeqno) this.#persistedSeqno = document.seqno
  }

  #forget(collection: number): void {
    for (const document of this.#documents.values()) {
      if (document.collection !== collection) continue
      this.#documents.delete(document.id)
      this.#onDisk.delete(document.id)
      this.#locks.delete(document.id)
    }
  }
}

/** What a document without attributes starts from. */
export function plainDraft(id: string, collection: number): DocumentDraft {
  return { id, collection, value: EMPTY, datatype: 0, flags: 0, expiry: 0, xattrs: NO_XATTRS, deletion: undefined }
}

function subjectOf(change: ManifestChange): string {
  const collection = collectionId(change)
  return collection === undefined ? `scope ${change.scope}` : `collection ${collection}`
}

function collectionId(change: ManifestChange): number | undefined {
  return 'collection' in change ? change.collection : undefined
}

function bySeqno(left: StoredDocument, right: StoredDocument): number {
  return left.seqno < right.seqno ? -1 : 1
}

/** 48 random bits, never 0. */
function newUuid(): bigint {
  return BigInt(`0x${randomBytes(6).toString('hex')}`) || 1n
}
