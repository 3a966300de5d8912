/** How long to wait before a write is tried again, in milliseconds: full jitter, doubling, at most 50 ms. */
export function backoffMs(attempts: number, random: number): number {
  return random * Math.min(50, 2 ** Math.min(attempts, 6))
}

/** How long a process holds back its next write to a scope that others write as well: 1 to 3 ms (DESIGN §6, rule 1). */
export function lingerMs(random: number): number {
  return 1 + random * 2
}
