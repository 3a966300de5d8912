import { randomBytes } from 'node:crypto'

import type { Frame } from '../codec/frame.ts'
import {
  type SaslMechanism,
  decodeMechanisms,
  decodeSaslMessage,
  encodeAuth,
  encodeListMechanisms,
  encodeStep,
  plainMessage,
} from '../codec/sasl.ts'
import {
  type ScramLogin,
  type ScramMechanism,
  clientFinalMessage,
  clientFirstMessage,
  isServerProven,
} from '../codec/scram.ts'
import { statuses } from '../codec/status.ts'
import { ConnectionError } from './connection-error.ts'
import type { NodeConnection } from './node-connection.ts'
import type { Login, Transport } from './security.ts'

/** The best first. */
const scramMechanisms: readonly ScramMechanism[] = ['SCRAM-SHA512', 'SCRAM-SHA256', 'SCRAM-SHA1']

/**
 * Afterwards the user is logged in: by PLAIN over TLS, which hides it and costs nothing; else by the best SCRAM that the
 * server offers, which proves the password without showing it, and asks the server for a proof too. Rejects with a
 * ConnectionError (`login`) or MalformedMessageError.
 */
export async function authenticate(
  connection: NodeConnection,
  login: Extract<Login, { type: 'password' }>,
  transport: Transport['type'],
): Promise<void> {
  const offered = decodeMechanisms(await connection.ask(encodeListMechanisms))
  const mechanism = mechanismOf(offered, login.allowsPlain, transport)
  if (mechanism === undefined) {
    throw new ConnectionError(
      'login',
      `${connection.where} offers only ${offered.join(', ') || 'nothing'} to log in by. PLAIN shows the password: use TLS, or allow it by sasl_mech_force=PLAIN.`,
    )
  }
  if (mechanism === 'PLAIN') {
    const message = plainMessage(login.username, login.password)
    return accepted(connection, await connection.ask(opaque => encodeAuth(opaque, mechanism, message)))
  }
  await exchange(connection, { ...login, mechanism, nonce: randomBytes(24).toString('base64') })
}

/** What to log in by; undefined when there is nothing that may be used. */
export function mechanismOf(
  offered: readonly string[],
  allowsPlain: boolean,
  transport: Transport['type'],
): SaslMechanism | undefined {
  const scram = scramMechanisms.find(name => offered.includes(name))
  const hasPlain = offered.includes('PLAIN')
  if (transport === 'tls') return hasPlain ? 'PLAIN' : scram
  return scram ?? (hasPlain && allowsPlain ? 'PLAIN' : undefined)
}

async function exchange(connection: NodeConnection, login: ScramLogin): Promise<void> {
  const { mechanism } = login
  const first = await connection.ask(opaque => encodeAuth(opaque, mechanism, clientFirstMessage(login)))
  if (first.vbucketOrStatus !== statuses['authentication-continues']) return accepted(connection, first)
  const proof = clientFinalMessage(login, decodeSaslMessage(first))
  const final = await connection.ask(opaque => encodeStep(opaque, mechanism, proof.message))
  accepted(connection, final)
  if (isServerProven(proof, decodeSaslMessage(final))) return
  throw new ConnectionError(
    'login',
    `${connection.where} does not know the password: it is not the server that it says.`,
  )
}

function accepted({ where }: NodeConnection, { vbucketOrStatus: status }: Frame): void {
  if (status === statuses.success) return
  throw new ConnectionError('login', `${where} refused the user name or password (status 0x${status.toString(16)}).`, {
    status,
  })
}
