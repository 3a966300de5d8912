// The language of merge-cases.json: tagged values, and steps that change a draft. Its README key is the specification.

/** One step: its name and arguments. */
export type Step = readonly [string, ...unknown[]]

import { addToSet, append, inc, moveBy, removeFromSet } from '../../src/draft/operations.ts'

type Segment = string | number
type Container = Record<Segment, unknown> | Map<unknown, unknown>

/** Afterwards the draft is what the steps make of it. */
export function applySteps(draft: object, steps: readonly Step[]): void {
  for (const [name, path, ...rest] of steps) {
    if (name === 'op') {
      const [opPath, ...args] = rest
      const op = opsByName[path as string]
      if (op === undefined) throw new Error(`unknown op ${String(path)}`)
      op(draft, opPath as readonly Segment[], ...(args.map(reviveValue) as never[]))
      continue
    }
    const step = stepsByName[name]
    if (step === undefined) throw new Error(`unknown step ${name}`)
    step(draft, path as readonly Segment[], rest.map(reviveValue))
  }
}

/** The value that the JSON stands for. */
export function reviveValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reviveValue)
  if (typeof value !== 'object' || value === null) return value
  const tagged = value as { readonly $?: string; readonly v?: unknown }
  if (tagged.$ !== undefined) return reviveTagged(tagged.$, tagged.v)
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, reviveValue(part)]))
}

const opsByName: Readonly<Record<string, (draft: object, path: readonly Segment[], ...args: never[]) => void>> = {
  inc,
  addToSet,
  removeFromSet,
  append,
  moveBy,
}

const stepsByName: Readonly<Record<string, (draft: object, path: readonly Segment[], rest: unknown[]) => void>> = {
  set: (draft, path, [value]) => assign(draft, path, value),
  delete: (draft, path) => {
    const [parent, key] = parentOf(draft, path)
    if (parent instanceof Map) parent.delete(key)
    else delete parent[key]
  },
  add: (draft, path, [by]) => assign(draft, path, (valueAt(draft, path) as number) + (by as number)),
  push: (draft, path, values) => void listAt(draft, path).push(...values),
  unshift: (draft, path, values) => void listAt(draft, path).unshift(...values),
  splice: (draft, path, [index, count, ...values]) =>
    void listAt(draft, path).splice(index as number, count as number, ...values),
  sortBy: (draft, path, [property]) => {
    const field = property as string
    ;(listAt(draft, path) as Record<string, number>[]).sort((left, right) => Number(left[field]) - Number(right[field]))
  },
  reverse: (draft, path) => void listAt(draft, path).reverse(),
  move: (draft, path, [from, to]) => {
    const list = listAt(draft, path)
    const [element] = list.splice(from as number, 1)
    list.splice(to as number, 0, element)
  },
  keep: (draft, path, [property, values]) => {
    const list = listAt(draft, path) as Record<string, unknown>[]
    assign(
      draft,
      path,
      list.filter(element => (values as unknown[]).includes(element[property as string])),
    )
  },
  mapCopy: (draft, path, [property, value, fields]) => {
    const list = listAt(draft, path) as Record<string, unknown>[]
    assign(
      draft,
      path,
      list.map(element => (element[property as string] === value ? { ...element, ...(fields as object) } : element)),
    )
  },
  spread: (draft, path, [fields]) =>
    assign(draft, path, { ...(valueAt(draft, path) as object), ...(fields as object) }),
  setAdd: (draft, path, [member]) => void (valueAt(draft, path) as Set<unknown>).add(member),
  setDelete: (draft, path, [member]) => void (valueAt(draft, path) as Set<unknown>).delete(member),
}

function assign(draft: object, path: readonly Segment[], value: unknown): void {
  const [parent, key] = parentOf(draft, path)
  if (parent instanceof Map) parent.set(key, value)
  else parent[key] = value
}

function parentOf(draft: object, path: readonly Segment[]): [Container, Segment] {
  const key = path.at(-1)
  if (key === undefined) throw new Error('a step needs a path')
  return [valueAt(draft, path.slice(0, -1)) as Container, key]
}

function listAt(draft: object, path: readonly Segment[]): unknown[] {
  return valueAt(draft, path) as unknown[]
}

function valueAt(draft: object, path: readonly Segment[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (value instanceof Map ? value.get(key) : (value as Record<Segment, unknown>)[key]),
    draft,
  )
}

function reviveTagged(tag: string, value: unknown): unknown {
  switch (tag) {
    case 'undefined':
      return undefined
    case 'bigint':
      return BigInt(value as string)
    case 'number':
      return Number(value)
    case 'date':
      return new Date(value as number)
    case 'map':
      return new Map(reviveValue(value) as [unknown, unknown][])
    case 'set':
      return new Set(reviveValue(value) as unknown[])
    case 'bytes':
      return new Uint8Array(Buffer.from(value as string, 'base64'))
    default:
      return unstorable(tag)
  }
}

function unstorable(tag: string): unknown {
  switch (tag) {
    case 'function':
      return () => undefined
    case 'symbol':
      return Symbol('s')
    case 'class':
      return new (class Money {
        cents = 5
      })()
    case 'cycle': {
      const cycle: Record<string, unknown> = {}
      cycle['self'] = cycle
      return cycle
    }
    case 'getter':
      return {
        get x() {
          return 1
        },
      }
    case 'regexp':
      return /x/g
    case 'invalidDate':
      return new Date(NaN)
    case 'surrogate':
      return '\ud800'
    case 'protoKey':
      return JSON.parse('{"__proto__":{"admin":true}}')
    case 'float64array':
      return new Float64Array([1.5])
    case 'objectKeyMap':
      return new Map([[{}, 1]])
    default:
      throw new Error(`unknown tag ${tag}`)
  }
}
