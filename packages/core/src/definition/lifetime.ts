import type { Life, OwnLifetime } from '../document/scope-document.ts'
import { InvalidArgumentError } from '../errors.ts'
import { quoted } from '../value/quoted.ts'

/** A length of time: whole milliseconds, or a whole number with a unit: `500ms`, `30s`, `30m`, `12h`, `90d`. */
export type Duration = number | string

/** How long a scope lives. Absent: without that limit. */
export interface Lifetime {
  /** Milliseconds after the last renewal. */
  readonly idleMs: number | undefined
  /** Milliseconds after the creation. */
  readonly absoluteMs: number | undefined
}

/** How long the store keeps a document after its deadline, at least: 10 minutes, in milliseconds. */
const minimumGraceMs = 600_000

/**
 * How far the clocks of two processes may be apart, in milliseconds: a scope is over when its deadline is past for
 * everybody whose clock is no further behind.
 */
export const clockToleranceMs = 1000

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/**
 * The milliseconds of a duration.
 * @throws InvalidArgumentError that names `option` for anything else than a positive whole duration.
 */
export function durationMs(option: string, duration: unknown): number {
  const milliseconds = typeof duration === 'string' ? parse(duration) : duration
  if (typeof milliseconds !== 'number' || !Number.isSafeInteger(milliseconds) || milliseconds <= 0) {
    throw new InvalidArgumentError(
      `${option} is ${quoted(duration)}; it must be a positive whole number of milliseconds or a text such as "30m", "12h" or "90d".`,
    )
  }
  return milliseconds
}

/** The lifetime of one scope: its own, where it was given one, and that of its kind in what that leaves open. */
export function lifetimeOf({ lifetime }: { readonly lifetime: Lifetime }, own: OwnLifetime | undefined): Lifetime {
  if (own === undefined) return lifetime
  return {
    idleMs: limitOf(own.idleMs, lifetime.idleMs),
    absoluteMs: limitOf(own.absoluteMs, lifetime.absoluteMs),
  }
}

/** When the scope ends, in unix seconds rounded up; 0: never. */
export function deadlineAt(lifetime: Lifetime, createdAtMs: number, nowMs: number): number {
  const idleEnd = lifetime.idleMs === undefined ? Infinity : nowMs + lifetime.idleMs
  const absoluteEnd = lifetime.absoluteMs === undefined ? Infinity : createdAtMs + lifetime.absoluteMs
  const end = Math.min(idleEnd, absoluteEnd)
  return end === Infinity ? 0 : secondOf(end)
}

/** Whether a deadline in unix seconds (0: never) has passed, also by a clock that is `clockToleranceMs` behind. */
export function isOverdue(deadline: number, nowMs: number): boolean {
  return deadline !== 0 && nowMs >= deadline * 1000 + clockToleranceMs
}

/** The first unix second in which a scope with this deadline is over. */
export function overdueSecond(deadline: number): number {
  return deadline + Math.ceil(clockToleranceMs / 1000)
}

/** How long the store keeps a document after its deadline, or an end that is not delivered: milliseconds. */
export function graceMs(keepEndsMs: number): number {
  return Math.max(keepEndsMs, minimumGraceMs)
}

/** The unix second of a time in milliseconds, rounded up, as far as a deadline reaches. */
export function secondOf(ms: number): number {
  return Math.min(Math.ceil(ms / 1000), 0xffff_ffff)
}

/** While so much of the idle time remains, a commit moves no deadline. */
const freshShare = 0.9
/** By so much less remains before a scope is written for its deadline alone. */
const mostJitter = 0.01

/**
 * Whether less than 90 % of the idle time remains, and a renewal would move the deadline.
 * @param share another share than 90 %, see `quietShare`
 */
export function isRenewalDue(
  deadline: number,
  lifetime: Lifetime,
  createdAtMs: number,
  nowMs: number,
  share: number = freshShare,
): boolean {
  if (lifetime.idleMs === undefined) return false
  const renewed = deadlineAt(lifetime, createdAtMs, nowMs)
  return renewed > deadline && deadline * 1000 - nowMs < lifetime.idleMs * share
}

/**
 * How much of the idle time remains when a scope that nobody changes is renewed: 89 to 90 %, for each life its own. Scopes that
 * began together, as those of all visitors after a restart, are not all written in one moment; for all processes it is the same.
 */
export function quietShare(life: Life): number {
  return freshShare - mostJitter * (Number.parseInt(life.slice(-4), 16) / 0x1_0000)
}

/** The expiry to give to the store for a deadline, in unix seconds: the deadline and the grace; undefined: never. */
export function storeExpiry(deadline: number, keepEndsMs: number): number | undefined {
  return deadline === 0 ? undefined : secondOf(deadline * 1000 + graceMs(keepEndsMs))
}

/**
 * How long the store keeps an end marker from now on: until the time in its header, 0 for ever. It is counted by the store, and is
 * never less than ten minutes: a clock that is behind does not take away what keeps late writes out (commit protocol E1).
 */
export function markerExpiry(deadline: number, nowMs: number): { readonly ttlSeconds: number | undefined } {
  if (deadline === 0) return { ttlSeconds: undefined }
  return { ttlSeconds: Math.max(minimumGraceMs / 1000, deadline - Math.floor(nowMs / 1000)) }
}

function limitOf(own: number | undefined, usual: number | undefined): number | undefined {
  if (own === undefined) return usual
  return own === 0 ? undefined : own
}

function parse(text: string): number | undefined {
  const match = /^(\d{1,15})(ms|s|m|h|d)$/.exec(text)
  const unit = unitMs[match?.[2] ?? '']
  return match && unit !== undefined ? Number(match[1]) * unit : undefined
}
