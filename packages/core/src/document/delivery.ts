import { countField, refuse } from './fields.ts'

/** Who delivers an end to its handlers. A claim whose beat stands still for its lease is over (lease protocol §4). */
export interface DeliveryClaim {
  /** Names the process, at random. */
  readonly id: string
  readonly leaseMs: number
  /** One more at each sign of life. */
  readonly beat: number
}

/** How far the delivery of an end to its handlers has come. */
export type Delivery =
  /** The handlers have succeeded, or the kind has none. */
  | { readonly type: 'delivered' }
  | {
      readonly type: 'pending'
      /** How often the handlers have failed. */
      readonly attempt: number
      /** Undefined: whoever has the handlers may claim it. */
      readonly claim: DeliveryClaim | undefined
    }

/** There is nothing left to deliver. */
export const delivered: Delivery = { type: 'delivered' }

/** Nobody delivers yet. */
export const unclaimed: Delivery = { type: 'pending', attempt: 0, claim: undefined }

/** As the field of a marker holds it. */
export function packDelivery(delivery: Delivery): unknown {
  if (delivery.type === 'delivered') return 'delivered'
  const { attempt, claim } = delivery
  if (claim === undefined) return attempt === 0 ? 'pending' : { attempt }
  return { claim: claim.id, leaseMs: claim.leaseMs, beat: claim.beat, attempt }
}

/** @throws UnreadableDocumentError when the field is none of what `packDelivery` makes. */
export function deliveryField(value: unknown): Delivery {
  if (value === 'delivered') return delivered
  if (value === 'pending') return unclaimed
  if (typeof value !== 'object' || value === null) return refuse('delivery', 'pending, delivered or a claim')
  const { claim, leaseMs, beat, attempt }: { readonly [field: string]: unknown } = { ...value }
  const failures = countField('attempt', attempt)
  if (claim === undefined) return { type: 'pending', attempt: failures, claim: undefined }
  if (typeof claim !== 'string') return refuse('claim', 'a text')
  const held = { id: claim, leaseMs: countField('leaseMs', leaseMs), beat: countField('beat', beat) }
  return { type: 'pending', attempt: failures, claim: held }
}
