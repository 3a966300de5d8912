import { delivered } from '../../src/document/delivery.ts'
import type { CommitId, CommitRecord, EndedDocument, Life, LiveDocument } from '../../src/document/scope-document.ts'
import type { StoreToken } from '../../src/document/stored-document.ts'

/** Documents made by hand: the letters of `commits` are the ids of versions 1, 2, 3 …, as in the traces of the commit protocol. */
export function live(commits: string, life = 'L1', snapshotVersion = 1): LiveDocument {
  const ids = [...commits].map(letter => idOf(letter))
  const newest = ids.at(-1)
  if (newest === undefined) throw new Error('A living document has a commit.')
  return {
    type: 'live',
    life: life as Life,
    version: ids.length,
    commitId: newest,
    deadline: 0,
    state: { commits },
    facts: { schemaVersion: 1, createdAt: 0, isProvisional: false, from: undefined, rest: {} },
    snapshotVersion,
    snapshotState: {},
    snapshotIds: ids.slice(0, snapshotVersion).slice(-1),
    snapshotBytes: 100,
    snapshotChecksum: 0,
    tail: ids.slice(snapshotVersion).map((commitId, index) => recordOf(commitId, snapshotVersion + index + 1)),
    tailBytes: 0,
  }
}

export function marker(commits: string, life = 'L1'): EndedDocument {
  const ids = [...commits].map(letter => idOf(letter))
  const newest = ids.at(-1)
  if (newest === undefined) throw new Error('An end marker has a commit.')
  return {
    type: 'ended',
    life: life as Life,
    version: ids.length,
    commitId: newest,
    deadline: 0,
    ids,
    schemaVersion: 1,
    reason: 'ended',
    detail: undefined,
    at: 0,
    state: undefined,
    delivery: delivered,
    next: undefined,
  }
}

export function idOf(letter: string): CommitId {
  return letter.repeat(32) as CommitId
}

export function tokenOf(number: number): StoreToken {
  return BigInt(number) as StoreToken
}

function recordOf(commitId: CommitId, version: number): CommitRecord {
  return {
    commitId,
    version,
    baseVersion: version - 1,
    schemaVersion: 1,
    at: 0,
    origin: { process: 'test' },
    diff: [2],
    ops: [],
    state: {},
    newValues: new Set(),
    frame: new Uint8Array(),
  }
}
