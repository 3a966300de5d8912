import type { EndReason } from '../errors.ts'
import { fencesField, packFences } from './fences.ts'
import { deliveryField, packDelivery } from './delivery.ts'
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
import { pack, unpack } from './packer.ts'
import type { CommitId, EndedDocument } from './scope-document.ts'

/** What the payload of an end marker says. */
export type EndPayload = Omit<EndedDocument, 'type' | 'life' | 'version' | 'commitId' | 'deadline'>

/** The payload of an end marker. */
export function packEnd(end: EndPayload): Uint8Array {
  const { state, ids, schemaVersion, reason, detail, at, delivery, next, fences, of } = end
  // One by one: an end is written twice, and spreading what is there cost as much as packing it.
  const fields: Record<string, unknown> = {}
  if (state !== undefined) fields['state'] = state
  fields['ids'] = packIds(ids)
  fields['schemaVersion'] = schemaVersion
  fields['reason'] = reason
  if (detail !== undefined) fields['detail'] = detail
  fields['at'] = at
  fields['delivery'] = packDelivery(delivery)
  if (next !== undefined) fields['next'] = packLife(next)
  if (fences !== undefined) Object.assign(fields, packFences(fences))
  if (of !== undefined) fields['of'] = of
  return pack(fields)
}

/**
 * The end in the payload of a frame with this commit id and version; its state is frozen.
 * @throws UnreadableDocumentError that names the field which is missing or not what it should be.
 */
export function unpackEnd(payload: Uint8Array, commitId: CommitId, version: number): EndPayload {
  const { state, ids, schemaVersion, reason, detail, at, delivery, next, fences, fenceFloor, of } = fieldsOf(
    unpack(payload),
  )
  const held = fencesField(fences, fenceFloor)
  return {
    state: state === undefined ? undefined : stateField(state),
    ids: idsField(ids, commitId, version),
    schemaVersion: countField('schemaVersion', schemaVersion),
    reason: reasonField(reason),
    detail: optionalText('detail', detail),
    at: timeField('at', at),
    delivery: deliveryField(delivery),
    next: next === undefined ? undefined : lifeField('next', next),
    ...(held === undefined ? undefined : { fences: held }),
    ...(of === undefined ? undefined : { of: optionalText('of', of) }),
  }
}

function reasonField(value: unknown): EndReason {
  return value === 'expired' || value === 'ended' || value === 'rotated' ? value : refuse('reason', 'a known reason')
}
