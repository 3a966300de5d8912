import { randomUUID } from 'node:crypto'

import type { Access } from '../auth/access.ts'
import { beginScram, endScram, type ScramHash } from '../auth/scram.ts'
import { refuse, type Refusal } from '../wire/refusal.ts'
import { STATUS } from '../wire/status.ts'
import type { Call, Operation, Outcome } from './operation.ts'
import type { Session } from './session.ts'

/** SASL_LIST_MECHS: the answer's value = names with blanks between, the strongest first. */
export const saslListMechanisms: Operation = {
  name: 'SASL_LIST_MECHS',
  shape: {},
  needs: 'nothing',
  run: () => ({ status: STATUS.success, value: Buffer.from([...SCRAM.keys(), 'PLAIN'].join(' ')) }),
}

/** SASL_AUTH: key = mechanism, value = the client's first message. */
export const saslAuth: Operation = {
  name: 'SASL_AUTH',
  shape: { key: 'required', value: 'optional' },
  needs: 'nothing',
  run: call => {
    if (call.session.producer) return { status: STATUS.notSupported }
    const mechanism = call.request.key.toString('latin1')
    // Whoever logs in again is nobody until he has, and in no bucket.
    leave(call.session)
    if (mechanism.toUpperCase() === 'PLAIN') return plain(call)
    const hash = SCRAM.get(mechanism.toUpperCase())
    if (hash) return firstStep(call, hash)
    return refuse(STATUS.authenticationError, `Requested mechanism "${mechanism}" is not supported`)
  },
}

/** SASL_STEP: key = mechanism, value = the client's final message; the answer's value = `v=` and the server's signature. */
export const saslStep: Operation = {
  name: 'SASL_STEP',
  shape: { key: 'required', value: 'optional' },
  needs: 'nothing',
  run: ({ request, session, node }) => {
    if (session.producer) return { status: STATUS.notSupported }
    const exchange = session.scram
    if (!exchange) return refuse(STATUS.invalid)
    session.scram = undefined
    const signature = endScram(exchange, request.value.toString('utf8'))
    const access = node.accounts.access(exchange.user)
    if (signature === undefined || !access) return failed()
    session.access = access
    return { status: STATUS.success, value: Buffer.from(signature) }
  },
}

const SCRAM: ReadonlyMap<string, ScramHash> = new Map([
  ['SCRAM-SHA512', 'sha512'],
  ['SCRAM-SHA256', 'sha256'],
  ['SCRAM-SHA1', 'sha1'],
])

/** `authorisation NUL user NUL password`. */
function plain({ request, session, node }: Call): Outcome {
  const [, user, password, more] = request.value.toString('utf8').split('\0')
  if (user === undefined || password === undefined || more !== undefined) return { status: STATUS.invalid }
  const access: Access | undefined = node.accounts.login(user, password)
  if (!access) return failed()
  session.access = access
  return { status: STATUS.success }
}

function firstStep({ request, session, node }: Call, hash: ScramHash): Outcome {
  const exchange = beginScram(hash, request.value.toString('utf8'), user => node.accounts.secret(user, hash))
  if (!exchange) return { status: STATUS.invalid }
  session.scram = exchange
  return { status: STATUS.authenticationContinues, value: Buffer.from(exchange.serverFirst) }
}

function leave(session: Session): void {
  session.access = undefined
  session.bucket = undefined
  session.scram = undefined
}

/** Says nothing of whether the user exists. */
function failed(): Refusal {
  return refuse(STATUS.authenticationError, undefined, { reference: randomUUID() })
}
