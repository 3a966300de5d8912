import { type ControlName, encodeControl } from '../codec/control.ts'
import { encodeDcpOpen, openFlags } from '../codec/dcp-open.ts'
import { successOf } from './handshake.ts'
import type { NodeConnection } from './node-connection.ts'

/** What the server is to send, and how. */
export interface ProducerOptions {
  /** Of the connection; another one of the same name closes this one. At most 200 bytes. */
  readonly name: string
  /** Documents come without their bytes. */
  readonly keysOnly: boolean
  /** Whole seconds between noops of the server. */
  readonly noopIntervalSeconds: number
  /** How many bytes may be under way before they are acknowledged. */
  readonly bufferBytes: number
}

/** Afterwards the node sends streams that are asked for. Rejects with a ConnectionError. */
export async function openProducer(connection: NodeConnection, options: ProducerOptions): Promise<void> {
  const { name, keysOnly, noopIntervalSeconds, bufferBytes } = options
  const { where } = connection
  const flags = openFlags.producer | openFlags.includeDeleteTimes | (keysOnly ? openFlags.noValue : 0)
  const controls: readonly (readonly [ControlName, string])[] = [
    // Without noops a stream is refused where collections are negotiated.
    ['enable_noop', 'true'],
    ['set_noop_interval', String(noopIntervalSeconds)],
    ['connection_buffer_size', String(bufferBytes)],
    ['enable_expiry_opcode', 'true'],
  ]
  // They are answered in order, so they need not wait for each other.
  const [opened, ...set] = await Promise.all([
    connection.ask(opaque => encodeDcpOpen({ opaque, name, flags })),
    ...controls.map(([control, value]) => connection.ask(opaque => encodeControl(opaque, control, value))),
  ])
  successOf(where, 'DCP, which needs the role data_dcp_reader on the bucket', opened, { 'no-access': 'no-access' })
  for (const [index, answer] of set.entries()) successOf(where, `the DCP control ${controls[index]?.[0]}`, answer)
}
