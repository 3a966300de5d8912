import { applyDiff } from '../../src/diff/apply.ts'
import type { Diff } from '../../src/diff/diff.ts'
import { type Encoded, appendCommits, createDocument, encodeCommit } from '../../src/document/encode.ts'
import { drawCommitId, drawLife } from '../../src/document/ids.ts'
import type { State } from '../../src/value/plain-data.ts'
import type { CommitRecord, LiveDocument, SnapshotFacts } from '../../src/document/scope-document.ts'
import { adopt } from '../../src/value/plain-data.ts'

/** One change of a property of the root; undefined deletes it. */
export interface Change {
  readonly key: string
  readonly value: unknown
}

export const plainFacts: SnapshotFacts = {
  schemaVersion: 1,
  createdAt: 1_700_000_000_000,
  isProvisional: false,
  from: undefined,
  rest: {},
}

export const deadline = 1_800_000_000

/** A new document with this state. */
export function created(state: State, facts: SnapshotFacts = plainFacts): Encoded<LiveDocument> {
  return createDocument({
    life: drawLife(),
    commitId: drawCommitId(),
    deadline,
    state: adopt(structuredClone(state)) as State,
    facts,
  })
}

/** The document after the changes, one commit each, and its bytes as a store has them after the appends. */
export function changed(
  { bytes, document }: Encoded<LiveDocument>,
  changes: readonly Change[],
  schemaVersion = 1,
): Encoded<LiveDocument> {
  const records: CommitRecord[] = []
  let last: Pick<LiveDocument, 'version' | 'state'> = document
  for (const change of changes) {
    const record = commitOn(document, last, change, schemaVersion)
    records.push(record)
    last = record
  }
  return {
    bytes: Buffer.concat([bytes, ...records.map(({ frame }) => frame)]),
    document: appendCommits(document, records),
  }
}

function commitOn(
  { life, deadline: ends }: LiveDocument,
  last: Pick<LiveDocument, 'version' | 'state'>,
  { key, value }: Change,
  schemaVersion: number,
): CommitRecord {
  const diff: Diff | undefined =
    value === undefined ? (key in last.state ? [2, key, [1]] : undefined) : [2, key, [0, value]]
  const made = diff ? applyDiff(diff, last.state) : { state: last.state, newValues: new Set<object>() }
  const commit = {
    commitId: drawCommitId(),
    version: last.version + 1,
    baseVersion: last.version,
    schemaVersion,
    at: 1_700_000_000_000 + last.version,
    origin: last.version % 2 ? { process: 'p1' } : { process: 'p2', request: 'r7' },
    diff,
    ops: [],
  }
  return { ...commit, ...made, frame: encodeCommit({ ...commit, life, deadline: ends }) }
}

/** A session of 100 objects, about 3.6 KB. */
export function largeState(): State {
  const items = Array.from({ length: 100 }, (_, index) => [
    `item${index}`,
    { sku: `sku-${index * 7919}`, quantity: index % 9, price: index * 1.25, isGift: index % 7 === 0 },
  ])
  return Object.fromEntries(items) as State
}
