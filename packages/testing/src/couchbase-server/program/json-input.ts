/** An object that came as JSON. */
export type JsonObject = Readonly<Record<string, unknown>>

export function objectIn(value: unknown): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError(`an object was expected, not ${JSON.stringify(value)}`)
  }
  return value as JsonObject
}

export function textIn(values: JsonObject, name: string): string {
  const value = values[name]
  if (typeof value !== 'string') throw new TypeError(`${name} must be text, not ${JSON.stringify(value)}`)
  return value
}

/** A number, also one written as text. */
export function numberIn(values: JsonObject, name: string): number {
  const value = values[name]
  const number = typeof value === 'string' && value !== '' ? Number(value) : value
  if (typeof number !== 'number' || !Number.isFinite(number)) {
    throw new TypeError(`${name} must be a number, not ${JSON.stringify(value)}`)
  }
  return number
}

export function optionalNumberIn(values: JsonObject, name: string): number | undefined {
  return values[name] === undefined ? undefined : numberIn(values, name)
}

export function oneOf<const Known extends string>(value: unknown, known: readonly Known[]): Known {
  const found = known.find(entry => entry === value)
  if (found === undefined) throw new TypeError(`${JSON.stringify(value)} is none of ${known.join(', ')}`)
  return found
}
