import { InvalidArgumentError } from '@scopes/core'

/** Below this a number of seconds is taken for relative by the server, and above this it does not fit: 30 days, 32 bits. */
const earliest = 2_592_001
const latest = 4_294_967_295
/** The longest relative expiry that is kept: a longer one would be made absolute by the clock of this machine anyway. */
const longestRelative = 2_591_999

/** When the store may drop a document, as the SDK takes it: a date is absolute, a number relative by the server's clock. */
export type SdkExpiry = Date | number

/**
 * The expiry to be sent for `expiresAt`, unix seconds. Absolute, so that a write that lands late is dead
 * on arrival (commit protocol E1), and never 0, which would be "never": what is past stays past. Beyond 2106 it is 2106.
 * @throws InvalidArgumentError for what is no number.
 */
export function absoluteExpiry(key: string, expiresAt: number): Date {
  if (typeof expiresAt !== 'number' || Number.isNaN(expiresAt)) {
    throw new InvalidArgumentError(`expiresAt of ${key} is ${String(expiresAt)}, but must be a unix time in seconds.`)
  }
  return new Date(Math.min(Math.max(Math.ceil(expiresAt), earliest), latest) * 1000)
}

/**
 * The expiry to be sent for `ttlSeconds`: counted by the server, so that a client whose clock is minutes off cannot cut it short
 * (lease protocol `ttl-relative`). Beyond 30 days the server takes no such number; then it is absolute by `now`, the time of this
 * machine in milliseconds.
 * @throws InvalidArgumentError for what is no number.
 */
export function relativeExpiry(key: string, ttlSeconds: number, now: number): SdkExpiry {
  if (typeof ttlSeconds !== 'number' || Number.isNaN(ttlSeconds)) {
    throw new InvalidArgumentError(`ttlSeconds of ${key} is ${String(ttlSeconds)}, but must be a number of seconds.`)
  }
  // 0 would be for ever.
  const seconds = Math.max(1, Math.ceil(ttlSeconds))
  return seconds <= longestRelative ? seconds : absoluteExpiry(key, now / 1000 + seconds)
}
