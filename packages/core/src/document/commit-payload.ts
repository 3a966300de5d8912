import type { Diff } from '../diff/diff.ts'
import { fenceListField, packFenceList } from './fences.ts'
import { countField, optionalText, refuse, timeField } from './fields.ts'
import { indexedElement } from './indexed.ts'
import { operationsField, packOperations } from './operations-field.ts'
import { pack, unpack } from './packer.ts'
import type { CommitRecord, Origin } from './scope-document.ts'

/** What the payload of a commit frame says. */
export type CommitPayload = Pick<
  CommitRecord,
  'baseVersion' | 'schemaVersion' | 'at' | 'origin' | 'diff' | 'ops' | 'fences' | 'indexed'
>

/** The payload of a commit frame (merge rule 40). */
export function packCommit(commit: CommitPayload): Uint8Array {
  const { baseVersion, schemaVersion, at, origin, diff, ops, fences = [], indexed } = commit
  const { process, request } = origin
  const fields = [baseVersion, schemaVersion, at, request === undefined ? [process] : [process, request], diff ?? null]
  const packed = ops.length > 0 ? packOperations(ops) : null
  const fenceList = fences.length > 0 ? packFenceList(fences) : null
  if (indexed !== undefined) return pack([...fields, packed, fenceList, indexed])
  if (fenceList) return pack([...fields, packed, fenceList])
  return pack(packed ? [...fields, packed] : fields)
}

/**
 * The commit in a payload; its diff is not looked into.
 * @throws UnreadableDocumentError that names the field which is missing or not what it should be.
 */
export function unpackCommit(payload: Uint8Array): CommitPayload {
  const fields = unpack(payload)
  if (!Array.isArray(fields)) return refuse('the payload', 'a list of fields')
  return {
    baseVersion: countField('baseVersion', fields[0]),
    schemaVersion: countField('schemaVersion', fields[1]),
    at: timeField('at', fields[2]),
    origin: originField(fields[3]),
    diff: diffField(fields[4]),
    ops: operationsField(fields[5]),
    fences: fenceListField(fields[6]),
    indexed: indexedElement(fields[7]),
  }
}

function originField(value: unknown): Origin {
  if (!Array.isArray(value)) return refuse('origin', 'a list of process and request')
  const process = optionalText('origin', value[0])
  const request = optionalText('origin', value[1])
  if (process === undefined) return refuse('origin', 'a list that begins with the process')
  return request === undefined ? { process } : { process, request }
}

function diffField(value: unknown): Diff | undefined {
  if (value === null) return undefined
  return Array.isArray(value) && typeof value[0] === 'number' ? (value as unknown as Diff) : refuse('diff', 'a node')
}
