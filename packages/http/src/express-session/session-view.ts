/** A session as it is stored: JSON, its cookie without the date of its expiry. */
export type SessionState = Readonly<Record<string, unknown>>

/** What a session object of express-session says at one moment. */
export interface SessionView {
  readonly state: SessionState
  /** How long it lives after its last use, in whole seconds as milliseconds; undefined: until the browser is closed. */
  readonly maxAgeMs: number | undefined
  /** The date of its expiry is past. */
  readonly isPast: boolean
}

/** What is to be stored of a session, given as the JSON that it was then. `before`: what was stored of it last. */
export function viewOf(json: string, before: SessionState, nowMs: number): SessionView {
  const plain = JSON.parse(json) as Record<string, unknown>
  const { cookie } = plain
  if (!isRecord(cookie)) return { state: plain, maxAgeMs: undefined, isPast: false }
  const { expires, ...attributes } = cookie
  const expiresMs = typeof expires === 'string' ? Date.parse(expires) : Number.NaN
  const given = attributes['originalMaxAge']
  const maxAgeMs = typeof given === 'number' ? given : expiresMs - nowMs
  const isLasting = Number.isFinite(maxAgeMs)
  if (isLasting) attributes['originalMaxAge'] = settled(maxAgeMs, before)
  return {
    state: { ...plain, cookie: attributes },
    maxAgeMs: isLasting ? inSeconds(maxAgeMs) : undefined,
    isPast: expiresMs <= nowMs,
  }
}

/** A fresh session of what is stored until `deadline`, both in milliseconds since 1970, that nobody else holds. */
export function sessionOf(state: SessionState, deadline: number | undefined, nowMs: number): Record<string, unknown> {
  const session = JSON.parse(JSON.stringify(state)) as Record<string, unknown>
  const { cookie } = session
  if (!isRecord(cookie)) return session
  const maxAgeMs = cookie['originalMaxAge']
  const isLasting = typeof maxAgeMs === 'number'
  // The deadline is a little later than the cookie, see `held-session.ts`.
  cookie['expires'] = isLasting ? new Date(Math.min(deadline ?? Infinity, nowMs + maxAgeMs)).toISOString() : null
  return session
}

/** The one of before where the two are one: express-session computes it by the clock, and drifts. */
function settled(maxAgeMs: number, { cookie }: SessionState): number {
  const known = isRecord(cookie) ? cookie['originalMaxAge'] : undefined
  return typeof known === 'number' && inSeconds(known) === inSeconds(maxAgeMs) ? known : maxAgeMs
}

/** Deadlines are whole seconds. */
function inSeconds(milliseconds: number): number {
  return Math.max(1, Math.round(milliseconds / 1000)) * 1000
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
