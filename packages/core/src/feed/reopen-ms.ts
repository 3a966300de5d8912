/**
 * How long to wait before a feed or a store that failed is tried again, in milliseconds: doubling with each failure in a
 * row from 250 ms to 4 s, and up to half of it less by chance, so that not all processes come back at once.
 */
export function reopenMs(failures: number, random: number): number {
  return 250 * 2 ** Math.min(failures, 4) * (1 - random / 2)
}
