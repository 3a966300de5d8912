/** What came and went since the server started, or since the last reset. */
export interface Traffic {
  readonly bytesReceived: number
  readonly bytesSent: number
  /** Requests by number of the operation. */
  readonly requests: ReadonlyMap<number, number>
  reset(): void
}

/** The side of the server. */
export interface TrafficCounter extends Traffic {
  received(bytes: number): void
  sent(bytes: number): void
  requested(opcode: number): void
}

export function trafficCounter(): TrafficCounter {
  let bytesReceived = 0
  let bytesSent = 0
  const requests = new Map<number, number>()
  return {
    get bytesReceived() {
      return bytesReceived
    },
    get bytesSent() {
      return bytesSent
    },
    requests,
    reset: () => {
      bytesReceived = 0
      bytesSent = 0
      requests.clear()
    },
    received: bytes => {
      bytesReceived += bytes
    },
    sent: bytes => {
      bytesSent += bytes
    },
    requested: opcode => {
      requests.set(opcode, (requests.get(opcode) ?? 0) + 1)
    },
  }
}
