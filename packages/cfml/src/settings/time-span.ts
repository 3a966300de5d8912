import { InvalidArgumentError } from '@scopes/core'

/**
 * A length of time as CFML writes it, in milliseconds: what the time-outs of the settings take. Parts may be fractions.
 *
 * ```ts
 * createTimeSpan(0, 0, 30, 0) // half an hour
 * ```
 * @throws InvalidArgumentError for a part that is no number.
 */
export function createTimeSpan(days: number, hours: number, minutes: number, seconds: number): number {
  const parts = { days, hours, minutes, seconds }
  for (const [name, part] of Object.entries(parts)) {
    if (typeof part === 'number' && Number.isFinite(part)) continue
    throw new InvalidArgumentError(`createTimeSpan: ${name} is ${text(part)}; it must be a number.`)
  }
  return Math.round(((days * 24 + hours) * 60 + minutes) * 60_000 + seconds * 1000)
}

/**
 * The milliseconds of a time-out of the settings: that of `createTimeSpan`, milliseconds, or a text such as '30m'.
 * @throws InvalidArgumentError that names the setting, unless it is longer than nothing.
 */
export function timeSpanMs(setting: string, span: unknown): number {
  const milliseconds = typeof span === 'string' ? parse(span) : span
  if (typeof milliseconds === 'number' && Number.isSafeInteger(milliseconds) && milliseconds > 0) return milliseconds
  throw new InvalidArgumentError(
    `${setting} is ${text(span)}; it must be a span of time longer than nothing, such as createTimeSpan(0, 0, 30, 0) or '30m'.`,
  )
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

function parse(span: string): number {
  const [, count, unit = ''] = /^(\d{1,15})(ms|s|m|h|d)$/.exec(span) ?? []
  return Number(count) * (unitMs[unit] ?? Number.NaN)
}

function text(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}
