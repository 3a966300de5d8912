/** A text that is equal only for values of the same types, content and order: what "the same for every reader" means. */
export function orderedText(value: unknown): string {
  if (value instanceof Map) return `Map{${[...value].map(pair => pair.map(orderedText).join(': ')).join(', ')}}`
  if (value instanceof Set) return `Set{${[...value].map(orderedText).join(', ')}}`
  if (value instanceof Date) return `Date(${value.getTime()})`
  if (value instanceof Uint8Array) return `${value.constructor.name}(${[...value].join()})`
  if (Array.isArray(value)) return `[${[...(value as unknown[])].map(orderedText).join(', ')}]`
  if (typeof value === 'bigint') return `${value}n`
  if (Object.is(value, -0)) return '-0'
  if (typeof value !== 'object' || value === null)
    return typeof value === 'string' ? JSON.stringify(value) : String(value)
  return `{${Object.entries(value)
    .map(([key, part]) => `${JSON.stringify(key)}: ${orderedText(part)}`)
    .join(', ')}}`
}
