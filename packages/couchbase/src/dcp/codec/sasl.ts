import { type Frame, valueOf } from './frame.ts'
import { opcodes } from './opcode.ts'
import { encodeRequest } from './request.ts'

/** What a consumer can log in by. PLAIN shows the password to the server: only over TLS. */
export type SaslMechanism = 'SCRAM-SHA512' | 'SCRAM-SHA256' | 'SCRAM-SHA1' | 'PLAIN'

/** SASL_LIST_MECHS: nothing. Answer: value = the names, separated by blanks. */
export function encodeListMechanisms(opaque: number): Buffer {
  return encodeRequest({ opcode: opcodes.saslListMechanisms, opaque })
}

/** The names that the server offers. */
export function decodeMechanisms(frame: Frame): readonly string[] {
  return valueOf(frame)
    .toString()
    .split(' ')
    .filter(name => name !== '')
}

/** SASL_AUTH: key = mechanism, value = the first message. Answer: status 0, or 0x21 and value = the server's message. */
export function encodeAuth(opaque: number, mechanism: SaslMechanism, message: string): Buffer {
  return encodeRequest({ opcode: opcodes.saslAuth, opaque, key: mechanism, value: Buffer.from(message) })
}

/** SASL_STEP: key = mechanism, value = the next message. Answer: status 0, value = the server's last message. */
export function encodeStep(opaque: number, mechanism: SaslMechanism, message: string): Buffer {
  return encodeRequest({ opcode: opcodes.saslStep, opaque, key: mechanism, value: Buffer.from(message) })
}

/** The server's message in an answer to either. */
export function decodeSaslMessage(frame: Frame): string {
  return valueOf(frame).toString()
}

/** The only message of PLAIN: `NUL user NUL password`. */
export function plainMessage(username: string, password: string): string {
  return `\0${username}\0${password}`
}
