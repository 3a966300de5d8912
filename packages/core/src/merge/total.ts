import type { Sides } from './place.ts'

/**
 * The changes of both sides to a number added up (merge rule 29): theirs plus what ours made of the base. Undefined when
 * ours deleted it, or they are not all finite numbers or all bigints.
 */
export function total({ base, ours, theirs }: Sides): number | bigint | undefined {
  if (typeof ours === 'bigint') {
    const [from = 0n, other = 0n] = [base, theirs]
    return typeof from === 'bigint' && typeof other === 'bigint' ? other + (ours - from) : undefined
  }
  const [from = 0, other = 0] = [base, theirs]
  if (typeof ours !== 'number' || typeof from !== 'number' || typeof other !== 'number') return undefined
  const sum = other + (ours - from)
  // Finite only if all of them are.
  return Number.isFinite(sum) ? sum : undefined
}
