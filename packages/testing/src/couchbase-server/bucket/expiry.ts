/**
 * The unix second at which a document ends: 0 is never, up to 30 days is relative, more is absolute; a limit of the
 * collection or bucket applies to all three.
 */
export function absoluteExpiry(requested: number, nowSeconds: number, maxTtl: number): number {
  const asked = requested === 0 || requested > THIRTY_DAYS ? requested : nowSeconds + requested
  return limitedExpiry(asked, nowSeconds, maxTtl)
}

/** The same for an expiry that is absolute already. */
export function limitedExpiry(expiry: number, nowSeconds: number, maxTtl: number): number {
  if (maxTtl === 0) return expiry
  const latest = nowSeconds + maxTtl
  return expiry === 0 || expiry > latest ? latest : expiry
}

const THIRTY_DAYS = 30 * 24 * 60 * 60
