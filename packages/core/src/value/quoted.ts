/** A value that is refused, as a message shows it: a text in quotes and a bigint with its `n`, so that neither looks like a number. */
export function quoted(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function') return 'a function'
  if (typeof value !== 'object' || value === null) return String(value)
  if (value instanceof Date) return 'a Date'
  return Array.isArray(value) ? 'an array' : 'an object'
}
