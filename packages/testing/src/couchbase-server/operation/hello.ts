import { FEATURE, KNOWN_FEATURES } from '../wire/feature.ts'
import { refuse, type Refusal } from '../wire/refusal.ts'
import { STATUS } from '../wire/status.ts'
import type { Operation } from './operation.ts'

/**
 * HELLO: key = name of the client, value = features as u16 each; the answer's value = those that are on now, ascending.
 * Each HELLO begins anew: what it does not name is off.
 */
export const hello: Operation = {
  name: 'HELLO',
  shape: { key: 'optional', value: 'optional' },
  needs: 'nothing',
  run: ({ request, session }) => {
    if (request.value.length % 2 === 1) return refuse(STATUS.invalid, 'Request value must be of even length')
    const asked = new Set(
      Array.from({ length: request.value.length / 2 }, (_, at) => request.value.readUInt16BE(at * 2)),
    )
    const refusal = contradiction(asked)
    if (refusal) return refusal
    const accepted = [...asked].filter(feature => KNOWN_FEATURES.has(feature)).sort((left, right) => left - right)
    session.features = new Set(accepted)
    const value = Buffer.alloc(accepted.length * 2)
    accepted.forEach((feature, at) => value.writeUInt16BE(feature, at * 2))
    return { status: STATUS.success, value }
  },
}

function contradiction(asked: ReadonlySet<number>): Refusal | undefined {
  if (asked.has(FEATURE.tcpNoDelay) && asked.has(FEATURE.tcpDelay)) {
    return refuse(STATUS.invalid, 'TCPNODELAY cannot co-exist with TCPDELAY')
  }
  if (asked.has(FEATURE.virtualXattr) && !asked.has(FEATURE.xattr)) return refuse(STATUS.invalid, 'VATTR needs XATTR')
  if (asked.has(FEATURE.clustermapNotification) && !asked.has(FEATURE.duplex)) {
    return refuse(STATUS.invalid, 'ClustermapChangeNotification needs Duplex')
  }
  return undefined
}
