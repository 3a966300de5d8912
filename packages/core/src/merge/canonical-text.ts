import { kindOf, type PlainObject } from '../value/kind.ts'

/** A text that is equal for two storable values when they are deep-equal, and only then. */
export function canonicalText(value: unknown): string {
  const kind = kindOf(value)
  switch (kind) {
    case 'object':
      return `{${propertyTexts(value as PlainObject)
        .sort()
        .join()}}`
    case 'array':
      return `[${(value as readonly unknown[]).map(canonicalText).join()}]`
    case 'map':
      return `m{${entryTexts(value as ReadonlyMap<unknown, unknown>)
        .sort()
        .join()}}`
    case 'set':
      return `s[${[...(value as ReadonlySet<unknown>)].map(canonicalText).sort().join()}]`
    case 'leaf':
      return leafText(value)
    default:
      return kind satisfies never
  }
}

function propertyTexts(object: PlainObject): string[] {
  return Object.keys(object).map(key => `${JSON.stringify(key)}:${canonicalText(object[key])}`)
}

function entryTexts(map: ReadonlyMap<unknown, unknown>): string[] {
  return [...map].map(([key, value]) => `${leafText(key)}:${canonicalText(value)}`)
}

function leafText(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'bigint') return `${value}n`
  if (value instanceof Date) return `d${value.getTime()}`
  if (value instanceof Uint8Array) return `b${Buffer.from(value).toString('base64')}`
  return String(value)
}
