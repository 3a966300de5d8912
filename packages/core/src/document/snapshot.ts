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
  const { state, ids, schemaVersion, createdAt, provisional, from, ...optional } = fields
  const { lifetime, keepEnds, indexed, fences, fenceFloor, ...rest } = optional
  return {
    state: stateField(state),
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
      rest: adopt(rest) as SnapshotFacts['rest'],
    },
  }
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
