/** What a server answers, by name: the rows that a consumer of DCP can meet. */
export const statuses = {
  success: 0x00,
  /** No such key; at SELECT_BUCKET: no such bucket; at CLOSE_STREAM: no stream. */
  'not-found': 0x01,
  /** At STREAM_REQ: the vbucket has a stream on this connection already. */
  exists: 0x02,
  invalid: 0x04,
  /** The vbucket is on another node; the body may be the cluster config that says where. */
  'not-my-vbucket': 0x07,
  /** No bucket is selected. */
  'no-bucket': 0x08,
  /** The node knows the config of the bucket but does not serve it yet, or no longer. */
  'config-only': 0x0d,
  'stale-authentication': 0x1f,
  'authentication-failed': 0x20,
  'authentication-continues': 0x21,
  /** Start, end and snapshot of a stream request do not fit together. */
  range: 0x22,
  /** The position is not part of the vbucket's history; the body says from where on to ask again. */
  rollback: 0x23,
  /** The user may not. */
  'no-access': 0x24,
  'not-initialized': 0x25,
  'bucket-paused': 0x50,
  'unknown-command': 0x81,
  'no-memory': 0x82,
  /** At STREAM_REQ: noops were not enabled. */
  'not-supported': 0x83,
  internal: 0x84,
  busy: 0x85,
  /** Try again in a moment. */
  'temporary-failure': 0x86,
  'unknown-collection': 0x88,
  'unknown-scope': 0x8c,
  'unknown-stream-id': 0x8d,
} as const

/** The name of a status in the table. */
export type StatusName = keyof typeof statuses

/** The name of a status; undefined when it is not in the table. */
export function statusName(status: number): StatusName | undefined {
  return names.get(status)
}

const names: ReadonlyMap<number, StatusName> = new Map(
  (Object.entries(statuses) as [StatusName, number][]).map(([name, status]) => [status, name]),
)
