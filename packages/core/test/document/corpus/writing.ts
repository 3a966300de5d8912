import { unclaimed } from '../../../src/document/delivery.ts'
import { createHash } from 'node:crypto'
import { applyDiff } from '../../../src/diff/apply.ts'
import { type Diff, makeDiff } from '../../../src/diff/diff.ts'
import {
  type EndOptions,
  type Encoded,
  appendCommits,
  createDocument,
  encodeCommit,
  encodeEnd,
} from '../../../src/document/encode.ts'
import type {
  CommitId,
  CommitRecord,
  Life,
  LiveDocument,
  Origin,
  ScopeDocument,
  SnapshotFacts,
} from '../../../src/document/scope-document.ts'
import type { Operation } from '../../../src/draft/operation.ts'
import { type State, captureRoot } from '../../../src/value/plain-data.ts'
import { orderedText } from '../../diff/ordered-text.ts'

/** A document of the corpus: its bytes, and what decoding them must give. */
export type CorpusDocument = Encoded<ScopeDocument>

/** What one commit does. Either a change in place of a plain copy of the state, or a diff that nothing makes nowadays. */
export interface CommitStep {
  readonly change?: (state: Record<string, unknown>) => void
  readonly diff?: Diff | undefined
  readonly ops?: readonly Operation[]
  readonly schemaVersion?: number
  readonly origin?: Origin
}

const createdAt = 1_700_000_000_000
export const deadline = 1_800_000_000

/** Bytes that a name and a number stand for, as hexadecimal digits: what is random elsewhere is the same here each time. */
function digits(name: string, number: number, length: number): string {
  return createHash('sha256').update(`${name} ${number}`).digest('hex').slice(0, length)
}

export function lifeOf(name: string): Life {
  return digits(name, 0, 16) as Life
}

export function idOf(name: string, version: number): CommitId {
  return digits(name, version, 32) as CommitId
}

export function created(
  name: string,
  state: object,
  facts: Partial<SnapshotFacts> = {},
  ends: number = deadline,
): Encoded<LiveDocument> {
  return createDocument({
    life: lifeOf(name),
    commitId: idOf(name, 1),
    deadline: ends,
    state: captureRoot(state),
    facts: { schemaVersion: 1, createdAt, isProvisional: false, from: undefined, rest: {}, ...facts },
  })
}

export function committed(
  name: string,
  base: Encoded<LiveDocument>,
  steps: readonly CommitStep[],
): Encoded<LiveDocument> {
  let { document } = base
  const frames: Uint8Array[] = [base.bytes]
  for (const step of steps) {
    const record = recordOf(name, document, step)
    frames.push(record.frame)
    document = appendCommits(document, [record])
  }
  return { bytes: Buffer.concat(frames), document }
}

export function recordOf(name: string, document: LiveDocument, step: CommitStep): CommitRecord {
  const version = document.version + 1
  const { ops = [], schemaVersion = 1, origin = { process: 'p1' } } = step
  const next = step.change ? changed(document.state, step.change) : undefined
  const diff = next ? makeDiff(document.state, next, { type: 'new', values: new Set() }) : step.diff
  const folded = diff ? applyDiff(diff, document.state) : { state: document.state, newValues: new Set<object>() }
  // What is said of a state comes from a plain copy that was changed, not from the fold that is to be tried.
  if (next && orderedText(next) !== orderedText(folded.state))
    throw new Error(`${name} ${version} is not what was meant.`)
  const commit = {
    commitId: idOf(name, version),
    version,
    baseVersion: document.version,
    schemaVersion,
    at: createdAt + version * 1000,
    origin,
    diff,
    ops,
  }
  const frame = encodeCommit({ ...commit, life: document.life, deadline: document.deadline })
  return { ...commit, ...folded, frame }
}

/** The state with the change made to a copy of it that is not frozen. */
function changed(state: State, change: (state: Record<string, unknown>) => void): State {
  const copy = thawed(state) as Record<string, unknown>
  change(copy)
  return captureRoot(copy)
}

function thawed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(thawed)
  if (value instanceof Map) return new Map([...value].map(([key, part]) => [key, thawed(part)]))
  if (value instanceof Set) return new Set([...value].map(thawed))
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Uint8Array) return value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, thawed(part)]))
}

export function ended(name: string, document: LiveDocument, options: Partial<EndOptions>): CorpusDocument {
  return encodeEnd({
    document,
    commitId: idOf(name, document.version + 1),
    deadline,
    reason: 'ended',
    at: createdAt + 5000,
    delivery: unclaimed,
    keepState: true,
    ...options,
  })
}
