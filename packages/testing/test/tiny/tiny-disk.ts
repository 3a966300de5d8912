import { StoreUnavailableError, type FeedToken, type StoreToken } from '@scopes/core'

/** A document as it lies on a tiny disk. */
export interface TinyDocument {
  readonly bytes: Uint8Array
  readonly token: StoreToken
  readonly expiresAt: number | undefined
}

/** A change as the log has it; the store token of the change is its number. */
export interface TinyChange {
  readonly token: StoreToken
  readonly key: string
  readonly type: 'document' | 'deleted' | 'expired'
}

/** All that tiny stores keep. It outlives them, and several of them may use it at the same time. */
export interface TinyDisk {
  readonly id: string
  /** Number of the newest change. */
  sequence: bigint
  readonly documents: Map<string, TinyDocument>
  log: readonly TinyChange[]
  /** Changes up to this number are no longer in the log. */
  floor: bigint
  readonly sleepers: Set<() => void>
}

/** The largest document that tiny stores take. */
export const maxDocumentBytes: number = 256 * 1024

let disks = 0

/** An empty disk. */
export function tinyDisk(): TinyDisk {
  return { id: `disk${++disks}`, sequence: 0n, documents: new Map(), log: [], floor: 0n, sleepers: new Set() }
}

/** Writes without asking anything; the token of the write. */
export function putDocument(disk: TinyDisk, key: string, bytes: Uint8Array, expiresAt?: number): StoreToken {
  if (bytes.length > maxDocumentBytes) throw new StoreUnavailableError(`${key} is too large`)
  const token = record(disk, key, 'document')
  disk.documents.set(key, { bytes: bytes.slice(), token, expiresAt })
  return token
}

/** Deletes without asking anything; the token of the deletion. */
export function deleteDocument(disk: TinyDisk, key: string, type: 'deleted' | 'expired'): StoreToken {
  disk.documents.delete(key)
  return record(disk, key, type)
}

/** The token of a reader who has seen the changes up to this number. */
export function feedTokenAt(disk: TinyDisk, sequence: bigint): FeedToken {
  return `${disk.id}@${sequence}` as FeedToken
}

/** Afterwards everybody who waits looks again. */
export function wakeReaders(disk: TinyDisk): void {
  for (const wake of disk.sleepers) wake()
}

function record(disk: TinyDisk, key: string, type: TinyChange['type']): StoreToken {
  const token = ++disk.sequence as StoreToken
  disk.log = [...disk.log, { token, key, type }]
  wakeReaders(disk)
  return token
}
