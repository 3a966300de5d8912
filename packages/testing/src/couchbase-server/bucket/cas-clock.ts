/** Gives CAS values: the time of the wall in nanoseconds with a counter in its low bits, and each above all before it. */
export interface CasClock {
  next(nowMs: number): bigint
}

export function casClock(): CasClock {
  let last = 0n
  return {
    next: nowMs => {
      const time = (BigInt(Math.floor(nowMs)) * 1_000_000n) & ~0xffffn
      last = time > last ? time : last + 1n
      return last
    },
  }
}
