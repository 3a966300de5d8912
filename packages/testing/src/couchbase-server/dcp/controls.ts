import { FEATURE } from '../wire/feature.ts'
import { refuse, type Refusal } from '../wire/refusal.ts'
import { STATUS } from '../wire/status.ts'

/** What CONTROL has set on a connection. */
export interface Controls {
  /** Bytes of messages that may be under way; 0: any number. */
  bufferBytes: number
  sendsNoops: boolean
  noopIntervalSeconds: number
  expiryOpcode: boolean
  /** A stream that the client closes ends with a message. */
  endsClosedStreams: boolean
  forcesCompression: boolean
  /** Durable writes come as what they are: a prepare, then its commit. */
  syncWrites: boolean
  /** Streams have ids; they are not served. */
  streamIds: boolean
  /** A consumer that is a node of a cluster. */
  isReplication: boolean
}

export function defaultControls(): Controls {
  return {
    bufferBytes: 0,
    sendsNoops: false,
    noopIntervalSeconds: 20,
    expiryOpcode: false,
    endsClosedStreams: false,
    forcesCompression: false,
    syncWrites: false,
    streamIds: false,
    isReplication: false,
  }
}

/** Sets one; says what is wrong when that cannot be. */
export function setControl(
  controls: Controls,
  key: string,
  value: string,
  features: ReadonlySet<number>,
): Refusal | undefined {
  const control = CONTROLS.get(nameOf(key))
  return control ? control(controls, value, features) : refuse(STATUS.invalid)
}

type Control = (controls: Controls, value: string, features: ReadonlySet<number>) => Refusal | undefined

const INVALID: Refusal = refuse(STATUS.invalid)

/** Any value is taken, and only `true` switches it on. */
const anything =
  (set: (controls: Controls, isOn: boolean) => void): Control =>
  (controls, value) => {
    set(controls, value === 'true')
    return undefined
  }

const onlyTrue =
  (set: (controls: Controls) => void = () => {}): Control =>
  (controls, value) => {
    if (value !== 'true') return INVALID
    set(controls)
    return undefined
  }

const oneOf =
  (...values: readonly string[]): Control =>
  (_, value) =>
    values.includes(value) ? undefined : INVALID

const wholeNumber =
  (set: (controls: Controls, number: number) => void): Control =>
  (controls, value) => {
    if (!/^\d+$/.test(value)) return INVALID
    set(controls, Number(value))
    return undefined
  }

const CONTROLS: ReadonlyMap<string, Control> = new Map<string, Control>([
  ['connection_buffer_size', wholeNumber((controls, bytes) => (controls.bufferBytes = bytes))],
  ['enable_noop', anything((controls, isOn) => (controls.sendsNoops = isOn))],
  ['set_noop_interval', wholeNumber((controls, seconds) => (controls.noopIntervalSeconds = seconds))],
  ['set_priority', oneOf('high', 'medium', 'low')],
  ['enable_expiry_opcode', anything((controls, isOn) => (controls.expiryOpcode = isOn))],
  ['send_stream_end_on_client_close_stream', anything((controls, isOn) => (controls.endsClosedStreams = isOn))],
  ['supports_cursor_dropping', anything(() => {})],
  ['supports_cursor_dropping_vulcan', anything(() => {})],
  ['supports_hifi_MFU', anything(() => {})],
  ['consumer_name', anything(controls => (controls.isReplication = true))],
  ['enable_out_of_order_snapshots', oneOf('true', 'true_with_seqno_advanced')],
  ['v7_dcp_status_codes', onlyTrue()],
  ['flatbuffers_system_events', onlyTrue()],
  ['enable_stream_id', onlyTrue(controls => (controls.streamIds = true))],
  [
    'enable_sync_writes',
    (controls, value) => {
      if (value !== 'true') return INVALID
      if (controls.streamIds) return refuse(STATUS.notSupported)
      controls.syncWrites = true
      return undefined
    },
  ],
  [
    'force_value_compression',
    (controls, value, features) => {
      if (!features.has(FEATURE.snappy)) {
        return refuse(
          STATUS.invalid,
          'The ctrl parameter force_value_compression is only supported if datatype snappy is enabled on the connection',
        )
      }
      controls.forcesCompression = value === 'true'
      return undefined
    },
  ],
  [
    'backfill_order',
    (_, value) =>
      value === 'round-robin' || value === 'sequential'
        ? undefined
        : refuse(STATUS.invalid, "Unsupported value 'backfill_order' for ctrl parameter 'backfill_order'"),
  ],
])

/** Of some keys the engine compares only as much as the client has sent. */
function nameOf(key: string): string {
  return CUT_SHORT.find(name => name.startsWith(key)) ?? key
}

const CUT_SHORT: readonly string[] = ['connection_buffer_size', 'enable_noop', 'set_noop_interval']
