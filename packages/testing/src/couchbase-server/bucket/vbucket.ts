import { randomBytes } from 'node:crypto'

import type { CasClock } from './cas-clock.ts'
import { EMPTY, isExpired, systemXattrs, type DocumentDraft, type StoredDocument } from './document.ts'
import { inSeqnoOrder, type DiskSnapshot, type History, type LogEntry, type LogFollower } from './history.ts'
import { collectionId, ManifestLog } from './manifest-log.ts'
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
  #state: VbucketState = 'active'
  #node: number
  /** Newest first. */
  #failovers: readonly FailoverEntry[] = [{ uuid: newUuid(), seqno: 0n }]
  #highSeqno = 0n
  #persistedSeqno = 0n
  /** What is above it is all in memory. */
  #memoryStart = 0n
  /** The highest seqno of a tombstone that is gone: who knows less may never learn of that deletion. */
  #purgeSeqno = 0n
  /** The highest revision of a document that was deleted: a new one begins above it. */
  #highestDeletedRevision = 0
  /** By id, in the order of their seqnos: each write moves its document to the end. */
  #documents = new Map<string, StoredDocument>()
  /** What a crash leaves. */
  #onDisk = new Map<string, StoredDocument>()
  /** Locks by id of the document. */
  readonly #locks = new Map<string, DocumentLock>()
  /** Tombstones that are gone from the disk and not yet from memory, in the order of their seqnos. */
  #purged: readonly StoredDocument[] = []
  /** Scopes and collections made and dropped: part of the log. */
  readonly #events = new ManifestLog()
  readonly #followers = new Set<LogFollower>()
  /** Seqno of the newest write or event of each collection. */
  #highSeqnos = new Map<number, bigint>()
  /** Seqno of the newest durable write of each collection that was given up. */
  #abortedSeqnos = new Map<number, bigint>()
  readonly #clock: VbucketClock
  readonly #cas: CasClock
  readonly #isPersisting: () => boolean

  constructor(
    id: number,
    node: number,
    { clock, cas, isPersisting }: { clock: VbucketClock; cas: CasClock; isPersisting: () => boolean },
  ) {
    this.id = id
    this.#node = node
    this.#clock = clock
    this.#cas = cas
    this.#isPersisting = isPersisting
  }

  get state(): VbucketState {
    return this.#state
  }

  /** Index of the node that owns it. */
  get node(): number {
    return this.#node
  }

  /** Afterwards it is of that state; who follows its log is told when that is another. */
  setState(state: VbucketState): void {
    if (state === this.#state) return
    this.#state = state
    this.#dismissFollowers()
  }

  /** Afterwards that node owns it; who follows its log at the one before is told. */
  moveTo(node: number): void {
    if (node === this.#node) return
    this.#node = node
    this.#dismissFollowers()
  }

  /** Afterwards the follower is told of all that is logged, until the state changes or it unfollows. */
  follow(follower: LogFollower): void {
    this.#followers.add(follower)
  }

  unfollow(follower: LogFollower): void {
    this.#followers.delete(follower)
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

  get purgeSeqno(): bigint {
    return this.#purgeSeqno
  }

  /** Seqno of the newest write or event of that collection; 0: none yet. */
  highSeqnoOf(collection: number): bigint {
    return this.#highSeqnos.get(collection) ?? 0n
  }

  /** What the log has above that seqno. */
  historyAfter(seqno: bigint): History {
    if (seqno >= this.#highSeqno) return { onDisk: undefined, inMemory: [] }
    const onDisk = seqno < this.#memoryStart ? this.onDiskAfter(seqno) : undefined
    const after = onDisk?.through ?? seqno
    const isAfter = (document: StoredDocument): boolean => document.seqno > after
    const inMemory = inSeqnoOrder(
      [...this.#documents.values()].filter(isAfter),
      this.#purged.filter(isAfter),
      this.#events.between(after, this.#highSeqno),
    )
    return { onDisk, inMemory }
  }

  /** What the log has above that seqno, as far as it is on disk. */
  onDiskAfter(seqno: bigint): DiskSnapshot {
    const through = this.#persistedSeqno
    const documents = [...this.#onDisk.values()].filter(document => document.seqno > seqno)
    return { entries: inSeqnoOrder(documents, this.#events.between(seqno, through)), through }
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
  reserve(durability: number | undefined): Reserved {
    return { cas: this.#cas.next(this.#clock.nowMs()), seqno: this.#highSeqno + (durability === undefined ? 1n : 2n) }
  }

  /**
   * Afterwards the document is as drafted, with a new CAS, seqno and revision; a lock is gone. `durability`: the level of
   * a durable write.
   */
  write(draft: DocumentDraft, durability: number | undefined, reserved: Reserved = this.reserve(durability)): Written {
    const before = this.#documents.get(draft.id)
    const token = { uuid: this.uuid, seqno: this.#highSeqno + 1n }
    this.#highSeqno = reserved.seqno
    // Field by field: documents are copied for each write, and spread twice it would be the slowest part of one.
    const document: StoredDocument = {
      id: draft.id,
      collection: draft.collection,
      value: draft.value,
      datatype: draft.datatype,
      flags: draft.flags,
      expiry: draft.expiry,
      xattrs: draft.xattrs,
      deletion: draft.deletion,
      cas: reserved.cas,
      seqno: reserved.seqno,
      prepared: durability === undefined ? undefined : { seqno: token.seqno, level: durability },
      revision: (before?.revision ?? this.#highestDeletedRevision) + 1,
      writtenAt: this.#clock.nowSeconds(),
    }
    if (document.deletion && document.revision > this.#highestDeletedRevision) {
      this.#highestDeletedRevision = document.revision
    }
    this.#locks.delete(document.id)
    if (this.#purged.length > 0) this.#purged = this.#purged.filter(({ id }) => id !== document.id)
    this.#documents.delete(document.id)
    this.#documents.set(document.id, document)
    this.#highSeqnos.set(document.collection, document.seqno)
    if (this.#isPersisting()) this.#persist(document)
    this.#announce(document)
    return { document, token }
  }

  /** A durable write was prepared and given up: each step takes a seqno, and no document has changed. */
  abortWrite(collection: number): void {
    this.#highSeqno += 2n
    this.#highSeqnos.set(collection, this.#highSeqno)
    this.#abortedSeqnos.set(collection, this.#highSeqno)
    if (this.#isPersisting()) this.#persistedSeqno = this.#highSeqno
    for (const follower of this.#followers) follower.passedOver(this.#highSeqno, collection)
  }

  /** The newest durable write above that seqno that was given up, of one of these collections; undefined: none. */
  abortedAfter(seqno: bigint, isMeant: (collection: number) => boolean): bigint | undefined {
    const aborted = [...this.#abortedSeqnos].filter(([collection, at]) => at > seqno && isMeant(collection))
    return aborted.map(([, at]) => at).sort((one, other) => (one < other ? 1 : -1))[0]
  }

  /** Afterwards there is a tombstone in place of the document. */
  remove(document: StoredDocument, type: 'deleted' | 'expired', durability?: number): Written {
    const xattrs = systemXattrs(document.xattrs)
    const deletion = { type, at: this.#clock.nowSeconds() }
    const datatype = xattrs.size > 0 ? 4 : 0
    return this.write({ ...document, value: EMPTY, datatype, xattrs, deletion }, durability)
  }

  /**
   * Takes a seqno for a scope or collection that was made or dropped; the documents of a dropped one are gone. `uid`: of
   * the manifest that is complete with it, 0 when it is not.
   */
  logManifestChange(change: ManifestChange, uid: bigint): void {
    this.#highSeqno++
    const event = { change, seqno: this.#highSeqno, manifestUid: uid }
    this.#events.add(event)
    const collection = collectionId(change)
    if (collection !== undefined) {
      this.#highSeqnos.set(collection, this.#highSeqno)
      if (change.type === 'collection-dropped') this.#forget(collection)
    }
    if (this.#isPersisting()) this.#persistedSeqno = this.#highSeqno
    this.#announce(event)
  }

  /** Whether that scope or collection is in its log. */
  knows(change: ManifestChange): boolean {
    return this.#events.knows(change)
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

  /** Afterwards memory has nothing of the log that is on disk. */
  leaveToDisk(): void {
    this.#memoryStart = this.#persistedSeqno
    this.#purged = this.#purged.filter(({ seqno }) => seqno > this.#memoryStart)
  }

  /** Afterwards the tombstones that are on disk are gone. */
  purgeTombstones(): void {
    for (const document of this.#documents.values()) {
      if (!document.deletion || !this.isPersisted(document)) continue
      this.#documents.delete(document.id)
      this.#onDisk.delete(document.id)
      this.#purgeSeqno = document.seqno
      if (document.seqno > this.#memoryStart) this.#purged = [...this.#purged, document]
    }
  }

  /** Afterwards only what was on disk is left, in a new history that began there; nobody holds a lock. */
  loseUnpersisted(): void {
    this.#documents = new Map([...this.#onDisk.values()].sort(bySeqno).map(document => [document.id, document]))
    this.#highSeqno = this.#persistedSeqno
    this.#locks.clear()
    this.#events.loseAfter(this.#highSeqno)
    this.#highSeqnos = new Map()
    for (const { change, seqno } of this.#events.events()) {
      const collection = collectionId(change)
      if (collection !== undefined) this.#highSeqnos.set(collection, seqno)
    }
    for (const { collection, seqno } of this.#documents.values()) this.#highSeqnos.set(collection, seqno)
    this.#abortedSeqnos = new Map([...this.#abortedSeqnos].filter(([, seqno]) => seqno <= this.#highSeqno))
    for (const [collection, seqno] of this.#abortedSeqnos) {
      if (seqno > this.highSeqnoOf(collection)) this.#highSeqnos.set(collection, seqno)
    }
    this.#failovers = [{ uuid: newUuid(), seqno: this.#highSeqno }, ...this.#failovers]
    this.leaveToDisk()
    this.#dismissFollowers()
  }

  /** Afterwards it is new: no document, no history. */
  reset(): void {
    this.#documents = new Map()
    this.#onDisk = new Map()
    this.#highSeqno = 0n
    this.#persistedSeqno = 0n
    this.#purgeSeqno = 0n
    this.#highestDeletedRevision = 0
    this.#locks.clear()
    this.#events.clear()
    this.#highSeqnos = new Map()
    this.#abortedSeqnos = new Map()
    this.#failovers = [{ uuid: newUuid(), seqno: 0n }]
    this.leaveToDisk()
    this.#dismissFollowers()
  }

  /** Nobody holds a lock any more. */
  forgetLocks(): void {
    this.#locks.clear()
  }

  #announce(entry: LogEntry): void {
    for (const follower of this.#followers) follower.logged(entry)
  }

  #dismissFollowers(): void {
    const followers = [...this.#followers]
    this.#followers.clear()
    for (const follower of followers) follower.stateChanged()
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

function bySeqno(left: StoredDocument, right: StoredDocument): number {
  return left.seqno < right.seqno ? -1 : 1
}

/** 48 random bits, never 0. */
function newUuid(): bigint {
  return BigInt(`0x${randomBytes(6).toString('hex')}`) || 1n
}
