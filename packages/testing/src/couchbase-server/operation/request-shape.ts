import { FEATURE } from '../wire/feature.ts'
import { DATATYPE } from '../wire/datatype.ts'
import { refuse, type Refusal } from '../wire/refusal.ts'
import type { RequestFrame } from '../wire/request.ts'
import { STATUS } from '../wire/status.ts'
import type { Session } from './session.ts'

/** Parts that a request may have; what is left out must not be there. */
export interface RequestShape {
  /** Lengths that the extras may have; `any`: the operation looks itself. */
  readonly extras?: readonly number[] | 'any'
  readonly key?: 'required' | 'optional'
  /** A number is the only length. */
  readonly value?: 'required' | 'optional' | number
  readonly cas?: 'required' | 'optional'
  /** The value may be told to be JSON or snappy, if the session has agreed to it. */
  readonly datatype?: boolean
}

/** What is wrong with the parts of a request, if anything. */
export function shapeError(request: RequestFrame, shape: RequestShape, session: Session): Refusal | undefined {
  return (
    extrasError(request.extras.length, shape.extras ?? [0]) ??
    presenceError('key', request.key.length > 0, shape.key) ??
    valueError(request.value.length, shape.value) ??
    casError(request.cas, shape.cas) ??
    datatypeError(request.datatype, shape.datatype ?? false, session)
  )
}

function extrasError(length: number, allowed: readonly number[] | 'any'): Refusal | undefined {
  if (allowed === 'any' || allowed.includes(length)) return undefined
  const [only = 0] = allowed
  if (allowed.length > 1) return invalid(`Request extras must be of length ${allowed.join(' or ')}`)
  return invalid(only === 0 ? 'Request must not include extras' : `Request must include extras of length ${only}`)
}

function valueError(length: number, value: RequestShape['value']): Refusal | undefined {
  if (typeof value !== 'number') return presenceError('value', length > 0, value)
  return length === value ? undefined : invalid(`Request value must be of length ${value}`)
}

function presenceError(part: string, isThere: boolean, rule: 'required' | 'optional' | undefined): Refusal | undefined {
  if (rule === 'required' && !isThere) return invalid(`Request must include ${part}`)
  return rule === undefined && isThere ? invalid(`Request must not include ${part}`) : undefined
}

function casError(cas: bigint, rule: 'required' | 'optional' | undefined): Refusal | undefined {
  if (rule === 'required' && cas === 0n) return invalid('Request CAS must be set')
  return rule === undefined && cas !== 0n ? invalid('Request CAS must not be set') : undefined
}

function datatypeError(datatype: number, isAllowed: boolean, { features }: Session): Refusal | undefined {
  if (datatype === DATATYPE.raw) return undefined
  if (!isAllowed) return invalid("Request datatype must be 'raw'")
  const missing = [
    (datatype & DATATYPE.snappy) !== 0 && !features.has(FEATURE.snappy) && 'snappy',
    (datatype & DATATYPE.json) !== 0 && !features.has(FEATURE.json) && 'json',
    (datatype & ~(DATATYPE.snappy | DATATYPE.json)) !== 0 && 'xattr',
  ].filter(name => name !== false)
  return missing.length > 0 ? invalid(`Datatype (${missing.join(',')}) not enabled for the connection`) : undefined
}

function invalid(context: string): Refusal {
  return refuse(STATUS.invalid, context)
}
