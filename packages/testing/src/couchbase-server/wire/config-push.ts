import { HEADER_LENGTH, MAGIC } from './request.ts'

/** A cluster configuration that the client did not ask for: opcode 1 of requests from the server. */
export interface ConfigPush {
  /** Empty: the configuration of the cluster without a bucket. */
  readonly bucket: string
  readonly epoch: number
  readonly revision: number
  readonly config: string
}

/** The push as bytes: extras `epoch i64, revision i64`, key = bucket, value = the configuration as JSON. */
export function encodeConfigPush({ bucket, epoch, revision, config }: ConfigPush): Buffer {
  const key = Buffer.from(bucket)
  const value = Buffer.from(config)
  const head = Buffer.alloc(HEADER_LENGTH + 16)
  head[0] = MAGIC.serverRequest
  head[1] = 0x01
  head.writeUInt16BE(key.length, 2)
  head[4] = 16
  head[5] = 0x01
  head.writeUInt32BE(16 + key.length + value.length, 8)
  head.writeBigInt64BE(BigInt(epoch), HEADER_LENGTH)
  head.writeBigInt64BE(BigInt(revision), HEADER_LENGTH + 8)
  return Buffer.concat([head, key, value])
}
