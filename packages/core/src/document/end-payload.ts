import type { EndReason } from '../errors.ts'
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
export function packEnd({ state, ids, schemaVersion, reason, detail, at, delivery, next, of }: EndPayload): Uint8Array {
  return pack({
    ...(state === undefined ? undefined : { state }),
    ids: packIds(ids),
    schemaVersion,
    reason,
    ...(detail === undefined ? undefined : { detail }),
    at,
    delivery: packDelivery(delivery),
    ...(next === undefined ? undefined : { next: packLife(next) }),
    ...(of === undefined ? undefined : { of }),
  })
}

/**
 * The end in the payload of a frame with this commit id and version; its state is frozen.
 * @throws UnreadableDocumentError that names the field which is missing or not what it should be.
 */
export function unpackEnd(payload: Uint8Array, commitId: CommitId, version: number): EndPayload {
  const { state, ids, schemaVersion, reason, detail, at, delivery, next, of } = fieldsOf(unpack(payload))
  return {
    state: state === undefined ? undefined : stateField(state),
    ids: idsField(ids, commitId, version),
    schemaVersion: countField('schemaVersion', schemaVersion),
    reason: reasonField(reason),
    detail: optionalText('detail', detail),
    at: timeField('at', at),
    delivery: deliveryField(delivery),
    next: next === undefined ? undefined : lifeField('next', next),
    ...(of === undefined ? undefined : { of: optionalText('of', of) }),
  }
}

function reasonField(value: unknown): EndReason {
  return value === 'expired' || value === 'ended' || value === 'rotated' ? value : refuse('reason', 'a known reason')
}
