import { describe, expect, test } from 'vitest'
import { MalformedMessageError } from '../../../src/dcp/codec/malformed-message-error.ts'
import {
  type ScramMechanism,
  clientFinalMessage,
  clientFirstMessage,
  isServerProven,
  maxIterations,
} from '../../../src/dcp/codec/scram.ts'
import { decodeSaslMessage } from '../../../src/dcp/codec/sasl.ts'
import { describeRecorded, frameFrom, meaningOf, recorded } from '../recordings.ts'

/** The example of RFC 5802, §5. */
const rfc5802 = {
  login: { mechanism: 'SCRAM-SHA1', username: 'user', password: 'pencil', nonce: 'fyko+d2lbbFgONRv9qkxdawL' },
  serverFirst: 'r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096',
  clientFinal: 'c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=',
  serverFinal: 'v=rmF9pqV8S7suAoZWja4dJRkFsKQ=',
} as const

/** The example of RFC 7677, §3. */
const rfc7677 = {
  login: { mechanism: 'SCRAM-SHA256', username: 'user', password: 'pencil', nonce: 'rOprNGfwEbeRWgbNEkqO' },
  serverFirst: 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
  clientFinal:
    'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
  serverFinal: 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
} as const

describe.each([rfc5802, rfc7677])('the example of the standard', ({ login, serverFirst, clientFinal, serverFinal }) => {
  test('is answered as it says, and the server is believed only then', () => {
    expect(clientFirstMessage(login)).toBe(`n,,n=user,r=${login.nonce}`)
    const proof = clientFinalMessage(login, serverFirst)
    expect(proof.message).toBe(clientFinal)
    expect(isServerProven(proof, serverFinal)).toBe(true)
    expect(isServerProven(proof, serverFinal.replace('=r', '=s').replace('=6', '=7'))).toBe(false)
    for (const other of ['', 'v=', 'e=invalid-proof', `${serverFinal}x`])
      expect(isServerProven(proof, other)).toBe(false)
  })
})

describeRecorded('an exchange recorded with a real engine', () => {
  test('is answered with the same proof, and the server is believed', () => {
    const finals = recorded('client', 'SASL_STEP').filter(({ scram }) => scram !== undefined && !('badProof' in scram))
    const proven = finals.filter(frame => {
      const { scram, scenario, connection } = frame
      const inScenario = (name: string, start: string): string | undefined =>
        recorded('server', name)
          .filter(other => other.scenario === scenario && other.connection === connection)
          .map(other => decodeSaslMessage(frameFrom(other.bytes)))
          .find(value => value.startsWith(start))
      const serverFirst = inScenario('SASL_AUTH', 'r=')
      const serverFinal = inScenario('SASL_STEP', 'v=')
      if (serverFirst === undefined || serverFinal === undefined) return false
      const login = {
        mechanism: scram?.['mech'] as ScramMechanism,
        username: scram?.['user'] ?? '',
        password: scram?.['password'] ?? '',
        nonce: scram?.['cnonce'] ?? '',
      }
      const proof = clientFinalMessage(login, serverFirst)
      expect(proof.message).toBe(meaningOf(frame).value)
      expect(isServerProven(proof, serverFinal)).toBe(true)
      return true
    })
    expect(proven.map(({ scram }) => scram?.['mech'])).toContain('SCRAM-SHA512')
  })
})

test('a comma and an equals sign in a name are escaped', () => {
  expect(clientFirstMessage({ ...rfc5802.login, username: 'a=b,c' })).toMatch(/^n,,n=a=3Db=2Cc,r=/)
})

test.each([
  ['without sense', 'hello'],
  ['with the nonce of another exchange', 'r=other3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096'],
  ['with our nonce only', 'r=fyko+d2lbbFgONRv9qkxdawL,s=QSXCR+Q6sek8bf92,i=4096'],
  ['with no iterations', 'r=fyko+d2lbbFgONRv9qkxdawL3rf,s=QSXCR+Q6sek8bf92,i=0'],
  ['with more iterations than are allowed', `r=fyko+d2lbbFgONRv9qkxdawL3rf,s=QSXCR+Q6sek8bf92,i=${maxIterations + 1}`],
])('a first message of the server %s is refused', (_, serverFirst) => {
  expect(() => clientFinalMessage(rfc5802.login, serverFirst)).toThrow(MalformedMessageError)
})
