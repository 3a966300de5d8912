import { delivered, unclaimed } from '../../src/document/delivery.ts'
import { encodeCommit } from '../../src/document/encode.ts'
import { packEnd } from '../../src/document/end-payload.ts'
import { encodeFrame, frameKinds } from '../../src/document/frame.ts'
import type {
  CommitId,
  CommitRecord,
  EndedDocument,
  Life,
  LiveDocument,
  ScopeDocument,
} from '../../src/document/scope-document.ts'
import { packSnapshot } from '../../src/document/snapshot.ts'
import type { DocumentSeen } from '../../src/feed/observation.ts'
import type { FoldedChange } from '../../src/feed/scope-change.ts'
import type { StoreToken } from '../../src/document/stored-document.ts'

/** What a lettered document is made with. */
export interface LetteredOptions {
  readonly life?: number
  /** How many commits it holds as frames; default: all since version 1. */
  readonly frames?: number
  /** How many ids its snapshot or marker names; default 33. */
  readonly named?: number
  /** Unix seconds; default: never. */
  readonly deadline?: number
  readonly createdAt?: number
  readonly isProvisional?: boolean
}

/** A life by its number. */
export function lifeOf(number: number): Life {
  return number.toString(16).padStart(16, '0') as Life
}

/** The id of the commit that a letter stands for. */
export function idOf(letter: string): CommitId {
  const digits = (letter.codePointAt(0) ?? 0).toString(16).padStart(8, '0')
  return digits.repeat(4) as CommitId
}

/** A document whose commits are letters: `live('abc')` is at version 3, and its state shows its history. */
export function live(letters: string, options: LetteredOptions = {}): LiveDocument {
  const { life = 1, frames = letters.length - 1, named = 33, deadline = 0 } = options
  const { createdAt = 1_600_000_000_000, isProvisional = false } = options
  const snapshotVersion = letters.length - frames
  return {
    type: 'live',
    life: lifeOf(life),
    version: letters.length,
    commitId: idOf(letters.at(-1) ?? ''),
    deadline,
    state: { history: letters },
    facts: { schemaVersion: 1, createdAt, isProvisional, from: undefined, rest: {} },
    snapshotVersion,
    snapshotState: { history: letters.slice(0, snapshotVersion) },
    snapshotIds: Array.from(letters.slice(0, snapshotVersion), idOf).slice(-named),
    snapshotBytes: 0,
    snapshotChecksum: 0,
    tail: Array.from(letters.slice(snapshotVersion), (_, index) => record(letters, snapshotVersion + index + 1)),
    tailBytes: 0,
  }
}

/** An end marker: the last letter is the end. */
export function ended(letters: string, { life = 1, named = 33 }: LetteredOptions = {}): EndedDocument {
  return {
    type: 'ended',
    life: lifeOf(life),
    version: letters.length,
    commitId: idOf(letters.at(-1) ?? ''),
    deadline: 0,
    ids: Array.from(letters, idOf).slice(-named),
    schemaVersion: 1,
    reason: 'ended',
    detail: 'logout',
    at: 1_700_000_000_000,
    state: { history: letters.slice(0, -1) },
    delivery: unclaimed,
    next: undefined,
  }
}

/** The marker when its end has been delivered. */
export function deliveredEnd(letters: string): EndedDocument {
  return { ...ended(letters), state: undefined, delivery: delivered }
}

/** The document as a store holds it. */
export function bytesOf(document: ScopeDocument): Uint8Array {
  const { life, version, commitId, deadline } = document
  if (document.type === 'ended') {
    return encodeFrame({ kind: frameKinds.end, life, version, commitId, deadline }, packEnd(document))
  }
  const { snapshotVersion, snapshotState: state, snapshotIds: ids, facts, tail } = document
  const head = { kind: frameKinds.snapshot, life, version: snapshotVersion, commitId: ids.at(-1) ?? commitId, deadline }
  const frames = tail.map(commit => encodeCommit({ ...commit, life, deadline }))
  return Buffer.concat([encodeFrame(head, packSnapshot({ state, ids, facts })), ...frames])
}

/** The document as it was seen with a token. */
export function seen(document: ScopeDocument, token: number): DocumentSeen {
  return { type: 'document', document, token: tokenOf(token) }
}

export function tokenOf(token: number): StoreToken {
  return BigInt(token) as StoreToken
}

/** A change in short: `updated 1:ab` is the commit b on a, in life 1. */
export function short(change: FoldedChange): string {
  const life = Number(change.life)
  const text = historyOf(change.value)
  const reason = change.type === 'reset' ? ` (${change.reason})` : ''
  return `${change.type}${reason} ${life}:${text ?? '?'}`
}

/** The letters that a state shows. */
export function historyOf(state: unknown): string | undefined {
  return typeof state === 'object' && state !== null && 'history' in state ? String(state.history) : undefined
}

function record(letters: string, version: number): CommitRecord {
  const history = letters.slice(0, version)
  return {
    commitId: idOf(letters[version - 1] ?? ''),
    version,
    baseVersion: version - 1,
    schemaVersion: 1,
    at: 1_700_000_000_000 + version,
    origin: { process: 'p' },
    diff: [2, 'history', [0, history]],
    ops: [],
    state: { history },
    newValues: new Set(),
    frame: new Uint8Array(),
  }
}
