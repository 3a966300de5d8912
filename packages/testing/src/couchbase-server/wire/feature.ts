/** What HELLO can switch on, by its number; a server that does not know one leaves it out of its answer. */
export const FEATURE = {
  tcpNoDelay: 0x03,
  /** Answers of mutations carry their token. */
  mutationToken: 0x04,
  tcpDelay: 0x05,
  xattr: 0x06,
  extendedErrors: 0x07,
  selectBucket: 0x08,
  snappy: 0x0a,
  json: 0x0b,
  /** The server may send requests. */
  duplex: 0x0c,
  clustermapNotification: 0x0d,
  unordered: 0x0e,
  /** Answers carry the server's duration. */
  tracing: 0x0f,
  framing: 0x10,
  syncReplication: 0x11,
  /** Keys carry the id of their collection. */
  collections: 0x12,
  openTracing: 0x13,
  preserveTtl: 0x14,
  virtualXattr: 0x15,
  createAsDeleted: 0x17,
  documentMacros: 0x18,
  replaceBodyWithXattr: 0x19,
} as const

export const KNOWN_FEATURES: ReadonlySet<number> = new Set(Object.values(FEATURE))
