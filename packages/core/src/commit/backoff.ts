/**
 * How long to wait before a write is tried again, in milliseconds: full jitter, at most 4 ms after others were faster, and
 * doubling up to 50 ms with each failure of the store. Who loses to others does not wait longer each time: it would lose again.
 */
export function backoffMs(failures: number, random: number): number {
  return random * Math.min(50, 4 * 2 ** Math.min(failures, 4))
}

/** How long a process holds back its next write to a scope that others write as well: 1 to 3 ms (DESIGN §6, rule 1). */
export function lingerMs(random: number): number {
  return 1 + random * 2
}
