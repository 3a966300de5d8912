/**
 * A value of a scope as JSON. What JSON has is itself; the rest is tagged: `{ "$": "date", "v": 1764334800000 }`, `map` and `set`
 * with lists, `bigint` and `bytes` with texts (base64), `number` with `NaN`, `Infinity` or `-Infinity`, and `object` with a list of
 * properties where an object has a property `$` of its own.
 */
export function jsonOf(value: unknown): unknown {
  if (typeof value === 'bigint') return tagged('bigint', String(value))
  if (typeof value === 'number' && !Number.isFinite(value)) return tagged('number', String(value))
  return typeof value === 'object' && value !== null ? jsonOfObject(value) : value
}

function jsonOfObject(value: object): unknown {
  if (Array.isArray(value)) return value.map(jsonOf)
  if (value instanceof Date) return tagged('date', value.getTime())
  if (value instanceof Map)
    return tagged(
      'map',
      [...value].map(entry => entry.map(jsonOf)),
    )
  if (value instanceof Set) return tagged('set', [...value].map(jsonOf))
  if (value instanceof Uint8Array) return tagged('bytes', Buffer.from(value).toString('base64'))
  const entries = Object.entries(value).map(([key, part]) => [key, jsonOf(part)] as const)
  return Object.hasOwn(value, '$') ? tagged('object', entries) : Object.fromEntries(entries)
}

function tagged(tag: string, v: unknown): unknown {
  return { $: tag, v }
}
