import { errorMapJson } from '../wire/error-map.ts'
import { refuse } from '../wire/refusal.ts'
import { STATUS } from '../wire/status.ts'
import { accessRefusal } from './document-operation.ts'
import type { Operation } from './operation.ts'

/** NOOP: an answer shows that the connection works. */
export const noop: Operation = {
  name: 'NOOP',
  shape: {},
  needs: 'login',
  run: () => ({ status: STATUS.success }),
}

/** VERSION: the answer's value = version and build. */
export const version: Operation = {
  name: 'VERSION',
  shape: {},
  needs: 'login',
  run: () => ({ status: STATUS.success, value: Buffer.from('7.2.9-0000') }),
}

/** QUIT: an answer, then the end of the connection. */
export const quit: Operation = {
  name: 'QUIT',
  shape: {},
  needs: 'login',
  run: () => 'closed',
}

/** GET_ERROR_MAP: value = version u16; the answer's value = what may be done about each status, as JSON. */
export const getErrorMap: Operation = {
  name: 'GET_ERROR_MAP',
  shape: { value: 2 },
  needs: 'nothing',
  run: ({ request, session }) => {
    const asked = request.value.readUInt16BE()
    if (asked === 0) return { status: STATUS.notFound }
    return { status: STATUS.success, datatype: session.knowsJson ? 1 : 0, value: Buffer.from(errorMapJson(asked)) }
  },
}

/** SELECT_BUCKET: key = name. A failure leaves the session in the bucket where it was. */
export const selectBucket: Operation = {
  name: 'SELECT_BUCKET',
  shape: { key: 'optional' },
  needs: 'login',
  run: ({ request, session, node }) => {
    const name = request.key.toString('utf8')
    if (session.producer) return refuse(STATUS.notSupported, 'DCP connections cannot change bucket')
    if (!session.access?.seesBucket(name)) return { status: STATUS.noAccess }
    const bucket = node.bucket(name)
    if (!bucket) return { status: STATUS.notFound }
    session.bucket = bucket
    return { status: STATUS.success }
  },
}

/** GET_CLUSTER_CONFIG: the answer's value = the configuration of the bucket, or without one of the cluster, as JSON. */
export const getClusterConfig: Operation = {
  name: 'GET_CLUSTER_CONFIG',
  shape: { extras: 'any' },
  needs: 'login',
  run: ({ session, node }) => {
    if (!session.bucket && !session.access?.inCluster('SystemSettings')) {
      return accessRefusal('GET_CLUSTER_CONFIG', 'SystemSettings')
    }
    return {
      status: STATUS.success,
      datatype: session.knowsJson ? 1 : 0,
      value: Buffer.from(node.config(session.bucket)),
    }
  },
}

/** An operation that only an administrator may run, and that is not served. */
export function administration(name: string, privilege: string): Operation {
  return {
    name,
    shape: {},
    needs: 'bucket',
    run: ({ session }) => {
      const { access, bucket } = session
      const isAllowed = bucket && (access?.inBucket(bucket.name, privilege) || access?.inCluster(privilege))
      return isAllowed ? { status: STATUS.notSupported } : accessRefusal(name, privilege)
    },
  }
}

/** An operation of old servers. */
export function retired(name: string): Operation {
  return {
    name,
    shape: { extras: 'any', key: 'optional', value: 'optional', cas: 'optional' },
    needs: 'login',
    run: () => ({ status: STATUS.notSupported }),
  }
}
