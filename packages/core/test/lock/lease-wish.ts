import type { LeaseWish } from '../../src/lock/lease-memory.ts'

/** An exclusive lock that is waited for. */
export const wish: LeaseWish = {
  id: 'me',
  process: 'P',
  type: 'exclusive',
  amount: 1,
  leaseMs: 300,
  begins: 'insert',
  waits: true,
}
