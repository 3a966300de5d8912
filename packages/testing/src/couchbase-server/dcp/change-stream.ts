import { isEvent, type DiskSnapshot, type History, type LogEntry, type LogFollower } from '../bucket/history.ts'
import { subjectOf } from '../bucket/manifest-log.ts'
import type { Vbucket } from '../bucket/vbucket.ts'
import { itemMessage, itemsOf, seqnoOf, type StreamItem } from './entry-message.ts'
import type { StreamHead } from './message/dcp-message.ts'
import { seqnoAdvanced } from './message/seqno-advanced.ts'
import { MARKER_FLAG, snapshotMarker, snapshotMarkerV2, type SnapshotMarker } from './message/snapshot-marker.ts'
import { END_REASON, streamEnd, type EndReason } from './message/stream-end.ts'
import type { MessageFormat } from './shown-document.ts'
import type { StreamFilter } from './stream-filter.ts'

export interface ChangeStreamOptions {
  readonly vbucket: Vbucket
  readonly opaque: number
  readonly startSeqno: bigint
  readonly snapshotStart: bigint
  /** After the snapshot that reaches it the stream ends. */
  readonly endSeqno: bigint
  /** Only what is on disk now is sent. */
  readonly isDiskOnly: boolean
  readonly filter: StreamFilter
  readonly format: MessageFormat
  /** Called when there is something to send; perhaps more than once for the same. */
  readonly ready: () => void
}

/**
 * The stream of one vbucket: snapshots, each a marker and its items. What is logged while a snapshot is being sent waits
 * for the next, of each document only the last write.
 */
export class ChangeStream implements LogFollower {
  readonly #vbucket: Vbucket
  readonly #head: StreamHead
  readonly #filter: StreamFilter
  readonly #format: MessageFormat
  readonly #ready: () => void
  readonly #snapshotStart: bigint
  readonly #endSeqno: bigint
  /** What was there when it was opened, until it is sent. */
  #disk: DiskSnapshot | undefined
  #backlog: readonly LogEntry[]
  /** What was logged since, and waits for a snapshot. */
  readonly #waiting = new Map<string, LogEntry>()
  /** The snapshots that were opened, and what is not for this stream, reach up to here. */
  #coveredSeqno: bigint
  /** The log up to here has been sent, is in the snapshot that is being sent, waits for one, or is not for this stream. */
  #knownSeqno: bigint
  /** Of what was for this stream, but is not sent: so far it is over all the same. Undefined: nothing of the kind waits to be told. */
  #passedOver: bigint | undefined
  #snapshot: OpenSnapshot | undefined
  #sentMarker: 'none' | 'disk' | 'memory' = 'none'
  #end: EndReason | undefined
  /** The answer that it is open has left. */
  #isStarted = false
  #isOver = false

  constructor(options: ChangeStreamOptions) {
    const { vbucket, opaque, startSeqno, isDiskOnly } = options
    this.#vbucket = vbucket
    this.#head = { vbucket: vbucket.id, opaque }
    this.#filter = options.filter
    this.#format = options.format
    this.#ready = options.ready
    this.#snapshotStart = options.snapshotStart
    const { onDisk, inMemory } = isDiskOnly ? diskHistory(vbucket, startSeqno) : vbucket.historyAfter(startSeqno)
    this.#disk = onDisk && { ...onDisk, entries: onDisk.entries.filter(entry => this.#filter.passes(entry)) }
    this.#backlog = inMemory.length > 0 ? inMemory.filter(entry => this.#filter.passes(entry)) : inMemory
    this.#coveredSeqno = startSeqno
    if (this.#tellsProgress) this.#passedOver = vbucket.abortedAfter(startSeqno, id => this.#filter.covers(id))
    this.#knownSeqno = isDiskOnly && onDisk ? onDisk.through : vbucket.highSeqno
    this.#endSeqno = isDiskOnly ? this.#knownSeqno : options.endSeqno
    vbucket.follow(this)
  }

  /** Now messages may be sent. */
  start(): void {
    this.#isStarted = true
    this.#ready()
  }

  logged(entry: LogEntry): void {
    this.#knownSeqno = entry.seqno
    if (!this.#filter.passes(entry)) return
    const subject = isEvent(entry) ? subjectOf(entry.change) : entry.id
    this.#waiting.delete(subject)
    this.#waiting.set(subject, entry)
    if (this.#isStarted) this.#ready()
  }

  passedOver(seqno: bigint, collection: number): void {
    this.#knownSeqno = seqno
    if (!this.#tellsProgress || !this.#filter.covers(collection)) return
    this.#passedOver = seqno
    if (this.#isStarted) this.#ready()
  }

  stateChanged(): void {
    this.end(END_REASON.stateChanged)
  }

  /** Nothing more of the log is sent, only why. */
  end(reason: EndReason): void {
    this.#vbucket.unfollow(this)
    this.#disk = undefined
    this.#backlog = []
    this.#waiting.clear()
    this.#snapshot = undefined
    this.#end ??= reason
    if (this.#isStarted) this.#ready()
  }

  /** Nothing at all is sent any more. */
  drop(): void {
    this.#vbucket.unfollow(this)
    this.#isOver = true
  }

  /** Nothing more of the log comes. */
  get isEnded(): boolean {
    return this.#isOver || this.#end !== undefined
  }

  /** Whether another stream may be served first: no snapshot is half sent. */
  get isBetweenSnapshots(): boolean {
    return this.#snapshot === undefined
  }

  /** The next message; undefined: there is nothing to send now. */
  next(): Buffer | undefined {
    if (this.#isOver || !this.#isStarted) return undefined
    const snapshot = this.#snapshot
    const item = snapshot?.items[snapshot.at]
    if (snapshot && item) {
      snapshot.at++
      if (snapshot.at === snapshot.items.length && snapshot.advancesTo === undefined) this.#snapshot = undefined
      return itemMessage(this.#head, item, this.#format)
    }
    this.#snapshot = undefined
    if (snapshot?.advancesTo !== undefined) return seqnoAdvanced(this.#head, snapshot.advancesTo)
    return this.#ended() ?? this.#openSnapshot() ?? this.#ended()
  }

  /** Begins the next snapshot; undefined: there is nothing for one. */
  #openSnapshot(): Buffer | undefined {
    const disk = this.#disk
    const before = this.#coveredSeqno
    this.#disk = undefined
    if (disk && disk.entries.length > 0) return this.#openFromDisk(disk)
    if (disk) this.#coveredSeqno = disk.through
    if (this.#coveredSeqno >= this.#endSeqno) return undefined
    const entries = this.#takeFromMemory()
    const passedOver = this.#passedOver
    this.#passedOver = undefined
    this.#coveredSeqno = this.#knownSeqno
    const items = itemsOf(entries, this.#format)
    const last = items.at(-1)
    const lastSeqno = last ? seqnoOf(last) : before
    const advancesTo = passedOver !== undefined && passedOver > lastSeqno ? passedOver : undefined
    if (items.length === 0 && advancesTo === undefined) return undefined
    this.#snapshot = { items, at: 0, advancesTo }
    const endSeqno = advancesTo ?? lastSeqno
    const [first] = items
    const startSeqno = this.#sentMarker === 'none' ? this.#snapshotStart : first ? seqnoOf(first) : endSeqno
    const flags = MARKER_FLAG.memory | (this.#sentMarker === 'memory' ? 0 : MARKER_FLAG.checkpoint)
    this.#sentMarker = 'memory'
    return this.#marker({ startSeqno, endSeqno, flags }, 0n)
  }

  /** What is left out is told as progress: not to who sees the steps themselves, or has never heard of collections. */
  get #tellsProgress(): boolean {
    return !this.#format.controls.syncWrites && !this.#filter.isLegacy
  }

  #openFromDisk({ entries, through }: DiskSnapshot): Buffer {
    const lastSeqno = entries.at(-1)?.seqno ?? through
    const { isAll, isLegacy } = this.#filter
    const endSeqno = isLegacy ? lastSeqno : through
    const advancesTo = !isAll && !isLegacy && lastSeqno < through ? through : undefined
    this.#snapshot = { items: entries, at: 0, advancesTo }
    this.#coveredSeqno = through
    this.#sentMarker = 'disk'
    const flags = MARKER_FLAG.disk | MARKER_FLAG.checkpoint
    return this.#marker({ startSeqno: this.#snapshotStart, endSeqno, flags }, highestPrepared(entries))
  }

  #takeFromMemory(): readonly LogEntry[] {
    if (this.#backlog.length > 0) {
      const backlog = this.#backlog
      this.#backlog = []
      return backlog
    }
    const entries = [...this.#waiting.values()]
    this.#waiting.clear()
    return entries
  }

  #marker(marker: SnapshotMarker, highCompletedSeqno: bigint): Buffer {
    const { isReplication, syncWrites } = this.#format.controls
    return isReplication && syncWrites
      ? snapshotMarkerV2(this.#head, marker, highCompletedSeqno)
      : snapshotMarker(this.#head, marker)
  }

  #ended(): Buffer | undefined {
    if (this.#coveredSeqno >= this.#endSeqno) this.#end ??= END_REASON.finished
    const hasAllSent = this.#disk === undefined && this.#backlog.length === 0 && this.#waiting.size === 0
    if (this.#filter.isEmpty && hasAllSent) this.#end ??= END_REASON.filterEmpty
    if (this.#end === undefined) return undefined
    this.drop()
    return streamEnd(this.#head, this.#end)
  }
}

interface OpenSnapshot {
  readonly items: readonly StreamItem[]
  /** How many of them have been sent. */
  at: number
  /** Up to there it is over though its last item is before it; undefined: it is not. */
  readonly advancesTo: bigint | undefined
}

function diskHistory(vbucket: Vbucket, startSeqno: bigint): History {
  return { onDisk: vbucket.onDiskAfter(startSeqno), inMemory: [] }
}

function highestPrepared(entries: readonly LogEntry[]): bigint {
  let highest = 0n
  for (const entry of entries) {
    if (!isEvent(entry) && entry.prepared && entry.prepared.seqno > highest) highest = entry.prepared.seqno
  }
  return highest
}
