import { adopt } from '../value/plain-data.ts'
import { fencesField, packFences } from './fences.ts'
import {
  countField,
  fieldsOf,
  idsField,
  lifeField,
  optionalText,
  packIds,
  packLife,
  refuse,
  stateField,
  timeField,
} from './fields.ts'
import { indexedField } from './indexed.ts'
import { pack, unpack } from './packer.ts'
import { spanOfProperty } from './skim.ts'
import type { State } from '../value/plain-data.ts'
import type { CommitId, CopiedFrom, OwnLifetime, SnapshotFacts } from './scope-document.ts'

/** What the payload of a snapshot says. */
export interface Snapshot {
  readonly state: State
  /** Ids of the last versions up to the snapshot's own, oldest first. */
  readonly ids: readonly CommitId[]
  readonly facts: SnapshotFacts
}

/** The payload of a snapshot frame. */
export function packSnapshot({ state, ids, facts }: Snapshot): Uint8Array {
  const { schemaVersion, createdAt, isProvisional, from, lifetime, keepEndsMs, indexed, fences, rest } = facts
  return pack({
    state,
    ids: packIds(ids),
    schemaVersion,
    createdAt,
    ...(isProvisional ? { provisional: true } : undefined),
    ...(from ? { from: packFrom(from) } : undefined),
    ...(lifetime ? { lifetime } : undefined),
    ...(keepEndsMs ? { keepEnds: keepEndsMs } : undefined),
    ...(indexed && indexed.size > 0 ? { indexed } : undefined),
    ...packFences(fences),
    ...rest,
  })
}

/**
 * The snapshot in the payload of a frame with this commit id and version; its state is frozen.
 * @throws UnreadableDocumentError that names the field which is missing or not what it should be.
 */
export function unpackSnapshot(payload: Uint8Array, commitId: CommitId, version: number): Snapshot {
  const fields = fieldsOf(unpack(payload))
  return { state: stateField(fields['state']), ...readFields(fields, commitId, version) }
}

/** A snapshot whose state can be made later. */
export interface DeferredSnapshot extends Omit<Snapshot, 'state'> {
  /** The state, made anew at each call. */
  readonly state: () => State
}

/**
 * The same, but the state is not made yet. Undefined where it is not certain now that it can be: then it has to be tried.
 * @throws UnreadableDocumentError as `unpackSnapshot` does
 */
export function deferSnapshot(payload: Buffer, commitId: CommitId, version: number): DeferredSnapshot | undefined {
  const span = spanOfProperty(payload, 'state')
  if (span === undefined || payload[span.start] !== tokenOfObject) return undefined
  const others = Buffer.concat([payload.subarray(0, span.start), nil, payload.subarray(span.end)])
  const { ids, facts } = readFields(fieldsOf(unpack(others)), commitId, version)
  return { ids, facts, state: () => stateField(unpack(payload.subarray(span.start, span.end))) }
}

/** What stands for the state where it is left out. */
const nil = Buffer.of(0xc0)
/** The first object of a shape. */
const tokenOfObject = 0xd4

function readFields(
  fields: Readonly<Record<string, unknown>>,
  commitId: CommitId,
  version: number,
): Omit<Snapshot, 'state'> {
  const { ids, schemaVersion, createdAt, provisional, from, lifetime, keepEnds, indexed, fences, fenceFloor } = fields
  return {
    ids: idsField(ids, commitId, version),
    facts: {
      schemaVersion: countField('schemaVersion', schemaVersion),
      createdAt: timeField('createdAt', createdAt),
      isProvisional: provisionalField(provisional),
      from: fromField(from),
      ...(lifetime === undefined ? undefined : { lifetime: lifetimeField(lifetime) }),
      ...(keepEnds === undefined ? undefined : { keepEndsMs: countField('keepEnds', keepEnds) }),
      ...(indexed === undefined ? undefined : { indexed: indexedField(indexed) }),
      fences: fencesField(fences, fenceFloor),
      rest: restOf(fields),
    },
  }
}

const knownFields: ReadonlySet<string> = new Set([
  'state',
  'ids',
  'schemaVersion',
  'createdAt',
  'provisional',
  'from',
  'lifetime',
  'keepEnds',
  'indexed',
  'fences',
  'fenceFloor',
])
const noRest: SnapshotFacts['rest'] = Object.freeze({})

/** What is not known here: most documents have nothing of the kind. */
function restOf(fields: Readonly<Record<string, unknown>>): SnapshotFacts['rest'] {
  let rest: Record<string, unknown> | undefined
  for (const name of Object.keys(fields)) if (!knownFields.has(name)) (rest ??= {})[name] = fields[name]
  return rest === undefined ? noRest : (adopt(rest) as SnapshotFacts['rest'])
}

function provisionalField(value: unknown): boolean {
  return value === undefined ? false : typeof value === 'boolean' ? value : refuse('provisional', 'true or false')
}

function packFrom({ life, version, of }: CopiedFrom): readonly unknown[] {
  return of === undefined ? [packLife(life), version] : [packLife(life), version, of]
}

function fromField(value: unknown): SnapshotFacts['from'] {
  if (value === undefined) return undefined
  if (!Array.isArray(value)) return refuse('from', 'a life and a version')
  const of = optionalText('from', value[2])
  return { life: lifeField('from', value[0]), version: countField('from', value[1]), ...(of !== undefined && { of }) }
}

function lifetimeField(value: unknown): OwnLifetime {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse('lifetime', 'an object')
  const { idleMs, absoluteMs } = value as { readonly [Field in keyof OwnLifetime]: unknown }
  return {
    ...(idleMs === undefined ? undefined : { idleMs: countField('lifetime', idleMs) }),
    ...(absoluteMs === undefined ? undefined : { absoluteMs: countField('lifetime', absoluteMs) }),
  }
}
