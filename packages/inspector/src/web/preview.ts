/** About so many characters: a line of the list holds no more. */
const length = 160

/**
 * The beginning of a state on one line, as in `hits: 3, cart: {A: 2}, user: "Ann"`. It looks at no more of the state than it
 * shows.
 */
export function preview(state: Readonly<Record<string, unknown>>): string {
  const text = members(Object.entries(state), length)
  return text.length > length ? `${text.slice(0, length - 1).replace(/[\uD800-\uDBFF]$/, '')}…` : text
}

function members(entries: Iterable<readonly [unknown, unknown]>, room: number): string {
  let text = ''
  for (const [key, value] of entries) {
    if (text !== '') text += ', '
    text += `${String(key)}: ${show(value, room - text.length)}`
    if (text.length > room) break
  }
  return text
}

function items(values: Iterable<unknown>, room: number): string {
  let text = ''
  for (const value of values) {
    if (text !== '') text += ', '
    text += show(value, room - text.length)
    if (text.length > room) break
  }
  return text
}

function show(value: unknown, room: number): string {
  if (room <= 0) return '…'
  if (typeof value === 'string') return JSON.stringify(value.slice(0, room + 1))
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value !== 'object' || value === null) return String(value)
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Uint8Array) return `${value.length} bytes`
  if (Array.isArray(value)) return `[${items(value, room)}]`
  if (value instanceof Set) return `{${items(value, room)}}`
  return `{${members(value instanceof Map ? value : Object.entries(value), room)}}`
}
