import { CaseFileError } from './case-file-error.ts'

/** The value that JSON stands for: itself, but for the tagged ones (`{ "$": "date", "v": 5 }`). Made anew at each call. */
export function caseValue(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(caseValue)
  if (typeof json !== 'object' || json === null) return json
  const { $: tag, v } = json as { readonly $?: unknown; readonly v?: unknown }
  if (tag === undefined) return Object.fromEntries(Object.entries(json).map(([key, part]) => [key, caseValue(part)]))
  const make = typeof tag === 'string' && Object.hasOwn(makers, tag) ? makers[tag] : undefined
  if (make === undefined) throw new CaseFileError(`no value is tagged ${JSON.stringify(tag)}`)
  try {
    return make(v)
  } catch (cause) {
    throw new CaseFileError(`${JSON.stringify(json)} is none of its kind`, { cause })
  }
}

const makers: Readonly<Record<string, (value: unknown) => unknown>> = {
  undefined: () => undefined,
  bigint: value => BigInt(text(value)),
  number: value => (text(value) === 'NaN' ? NaN : finite(Number(value), value)),
  date: value => new Date(finite(value, value)),
  map: value => new Map(list(value).map(entry => caseValue(entry) as [unknown, unknown])),
  set: value => new Set(list(value).map(caseValue)),
  bytes: value => new Uint8Array(Buffer.from(text(value), 'base64')),
  // What cannot be stored.
  function: () => () => undefined,
  symbol: () => Symbol('s'),
  class: () => new Money(),
  cycle: () => {
    const cycle: Record<string, unknown> = {}
    cycle['self'] = cycle
    return cycle
  },
  getter: () => ({
    get x() {
      return 1
    },
  }),
  regexp: () => /x/g,
  invalidDate: () => new Date(NaN),
  surrogate: () => '\ud800',
  protoKey: () => JSON.parse('{ "__proto__": 1 }') as unknown,
  float64array: () => new Float64Array(1),
  objectKeyMap: () => new Map([[{}, 1]]),
}

class Money {
  readonly cents = 5
}

function text(value: unknown): string {
  if (typeof value === 'string') return value
  throw new TypeError('It is no text.')
}

/** `Number` takes the texts of the infinities, and -0, as they are. */
function finite(number: unknown, value: unknown): number {
  if (typeof number === 'number' && (!Number.isNaN(number) || value === 'NaN')) return number
  throw new TypeError('It is no number.')
}

function list(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value as readonly unknown[]
  throw new TypeError('It is no list.')
}
