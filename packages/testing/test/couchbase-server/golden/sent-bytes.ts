import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'

import type { Patch, RecordedSend, ScramSend } from './recording.ts'
import { writeNumber, type Variables } from './variables.ts'

/** What is sent now in place of what was sent when it was recorded. */
export function sentBytes(
  send: RecordedSend,
  variables: Variables,
  { bucketName, nowSeconds }: { readonly bucketName: string; readonly nowSeconds: number },
): Buffer {
  const parts = send.parts ?? [{ hex: send.hex ?? '' }]
  const recorded = Buffer.concat(
    parts.map(({ hex, times = 1 }: { hex: string; times?: number }) => {
      const part = Buffer.from(hex, 'hex')
      return times === 1 ? part : Buffer.alloc(part.length * times, part)
    }),
  )
  const bytes = send.scram ? scramFrame(recorded, send.scram, variables) : recorded
  for (const patch of send.patch ?? []) patched(patch, variables, bucketName, nowSeconds).copy(bytes, patch.at)
  return bytes
}

function patched({ len, ...patch }: Patch, variables: Variables, bucketName: string, nowSeconds: number): Buffer {
  const format = patch.as ?? (len === 4 ? 'u32' : 'u64')
  if (patch.bucketName) return Buffer.from(bucketName)
  if (patch.now !== undefined) {
    const time = BigInt(nowSeconds + patch.now)
    if (patch.var !== undefined) variables.bind(patch.var, time)
    return writeNumber(time, format, len)
  }
  return writeNumber(variables.number(patch.var ?? '') + BigInt(patch.add ?? 0), format, len)
}

/** The request with the client's final message of RFC 5802 as its value. */
function scramFrame(recorded: Buffer, scram: ScramSend, variables: Variables): Buffer {
  const key = recorded.subarray(24, 24 + recorded.readUInt16BE(2))
  const value = Buffer.from(clientFinal(scram, variables))
  const head = Buffer.from(recorded.subarray(0, 24))
  head.writeUInt32BE(key.length + value.length, 8)
  return Buffer.concat([head, key, value])
}

function clientFinal(scram: ScramSend, variables: Variables): string {
  const serverFirst = variables.text(scram.serverFirst)
  const [, nonce = '', salt = '', iterations = ''] = /^r=([^,]*),s=([^,]*),i=(\d+)$/.exec(serverFirst) ?? []
  const hash = scram.mech.slice('SCRAM-'.length).toLowerCase()
  const length = createHash(hash).digest().length
  const salted = pbkdf2Sync(scram.password, Buffer.from(salt, 'base64'), Number(iterations), length, hash)
  const sign = (key: Buffer, text: string): Buffer => createHmac(hash, key).update(text).digest()
  const clientKey = sign(salted, 'Client Key')
  const withoutProof = `c=biws,r=${nonce}`
  const signed = `n=${scram.user},r=${scram.cnonce},${serverFirst},${withoutProof}`
  const signature = sign(createHash(hash).update(clientKey).digest(), signed)
  const proof = Buffer.from(clientKey.map((byte, index) => byte ^ (signature[index] ?? 0) ^ (scram.badProof ? 1 : 0)))
  variables.bindText(scram.bindSignature, `v=${sign(sign(salted, 'Server Key'), signed).toString('base64')}`)
  return `${withoutProof},p=${proof.toString('base64')}`
}
