/** How long to wait after a failure of the store, in milliseconds: full jitter, doubling from 8 up to 50 ms. */
export function backoffMs(failures: number, random: number): number {
  return random * Math.min(50, 4 * 2 ** Math.min(failures, 4))
}

/** How long an end or a renewal waits after others were faster, in milliseconds: full jitter, at most 4 ms. */
export function retryMs(random: number): number {
  return random * 4
}

/** What a pause for others depends on. */
export interface TurnPause {
  /** How many others have waited longer for their turn. */
  readonly ahead: number
  /** How many others write. */
  readonly rivals: number
  /** Others were faster although it was this process's turn: they do not know it, or are as new as this one. */
  readonly wasDisputed: boolean
}

/** How long a turn is taken to last, in milliseconds: timers know no shorter time, and most stores need no longer. */
const turnMs = 1

/**
 * How long to wait for the turns of others, in milliseconds; 0: not at all. Half a turn of jitter within the order, and full
 * jitter over a whole round where the order is in dispute. Who loses does not wait longer each time: it would lose again.
 */
export function turnPauseMs({ ahead, rivals, wasDisputed }: TurnPause, random: number): number {
  if (ahead > 0) return (ahead - random / 2) * turnMs
  return wasDisputed ? random * (rivals + 1) * turnMs : 0
}
