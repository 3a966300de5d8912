import { addToSet, append, inc, moveBy, removeFromSet } from '@scopes/core'
import { CaseFileError } from './case-file-error.ts'
import { caseValue } from './case-value.ts'

/** Changes a draft: one step of a case. */
export type Step = (draft: object) => void

/** The steps that the JSON stands for. @throws CaseFileError that names the step which is none. */
export function caseSteps(json: unknown): readonly Step[] {
  if (!Array.isArray(json)) throw new CaseFileError(`${JSON.stringify(json)} is no list of steps`)
  return json.map(caseStep)
}

type Key = string | number
type Container = Record<Key, unknown> | Map<unknown, unknown>

interface StepKind {
  /** What must follow the path, by `typeof` and a few words more; one that ends in `…` any number of times. */
  readonly takes: readonly string[]
  readonly run: (draft: object, path: readonly unknown[], values: readonly unknown[]) => void
}

function caseStep(json: unknown): Step {
  const [name, ...rest] = Array.isArray(json) ? (json as readonly unknown[]) : []
  const isOp = name === 'op'
  const [opName, ...opRest] = rest
  const kind = isOp ? kindOf(ops, opName) : kindOf(steps, name)
  const [path, ...values] = isOp ? opRest : rest
  if (kind === undefined) throw new CaseFileError(`${JSON.stringify(json)} is no step`)
  if (!Array.isArray(path) || path.length === 0) throw new CaseFileError(`${JSON.stringify(json)} has no path`)
  checkValues(json, kind, values)
  // Revived once here, so that a bad value is found before anything runs; and anew at each run.
  caseValue([path, values])
  return draft => {
    const [segments, revived] = caseValue([path, values]) as [unknown[], unknown[]]
    kind.run(draft, segments, revived)
  }
}

function kindOf(kinds: Readonly<Record<string, StepKind>>, name: unknown): StepKind | undefined {
  return typeof name === 'string' && Object.hasOwn(kinds, name) ? kinds[name] : undefined
}

function checkValues(step: unknown, { takes }: StepKind, values: readonly unknown[]): void {
  const rest = takes.at(-1)?.endsWith('…') ? takes.at(-1)?.slice(0, -1) : undefined
  const required = rest === undefined ? takes : takes.slice(0, -1)
  const isComplete = rest === undefined ? values.length === required.length : values.length >= required.length
  const isRight = values.every((value, index) => isOfType(value, required[index] ?? rest ?? 'any'))
  if (!isComplete || !isRight) throw new CaseFileError(`${JSON.stringify(step)} has other arguments than it takes`)
}

function isOfType(value: unknown, type: string): boolean {
  if (type === 'list') return Array.isArray(value)
  return type === 'any' || typeof value === type
}

const steps: Readonly<Record<string, StepKind>> = {
  set: { takes: ['any'], run: (draft, path, [value]) => assign(draft, path, value) },
  delete: {
    takes: [],
    run: (draft, path) => {
      const [parent, key] = parentOf(draft, path)
      if (parent instanceof Map) parent.delete(key)
      else delete parent[key]
    },
  },
  add: {
    takes: ['any'],
    run: (draft, path, [by]) => assign(draft, path, (valueAt(draft, path) as number) + (by as number)),
  },
  push: { takes: ['any…'], run: (draft, path, values) => void listAt(draft, path).push(...values) },
  unshift: { takes: ['any…'], run: (draft, path, values) => void listAt(draft, path).unshift(...values) },
  splice: {
    takes: ['number', 'number', 'any…'],
    run: (draft, path, [index, count, ...values]) =>
      void listAt(draft, path).splice(index as number, count as number, ...values),
  },
  sortBy: {
    takes: ['string'],
    run: (draft, path, [property]) => {
      const field = property as string
      const list = listAt(draft, path) as Record<string, number>[]
      list.sort((left, right) => Number(left[field]) - Number(right[field]))
    },
  },
  reverse: { takes: [], run: (draft, path) => void listAt(draft, path).reverse() },
  move: {
    takes: ['number', 'number'],
    run: (draft, path, [from, to]) => {
      const list = listAt(draft, path)
      list.splice(to as number, 0, ...list.splice(from as number, 1))
    },
  },
  keep: {
    takes: ['string', 'list'],
    run: (draft, path, [property, values]) => {
      const list = listAt(draft, path) as Record<string, unknown>[]
      const kept = list.filter(element => (values as unknown[]).includes(element[property as string]))
      assign(draft, path, kept)
    },
  },
  mapCopy: {
    takes: ['string', 'any', 'object'],
    run: (draft, path, [property, value, fields]) => {
      const list = listAt(draft, path) as Record<string, unknown>[]
      const mapped = list.map(element =>
        element[property as string] === value ? { ...element, ...(fields as object) } : element,
      )
      assign(draft, path, mapped)
    },
  },
  spread: {
    takes: ['object'],
    run: (draft, path, [fields]) => assign(draft, path, { ...(valueAt(draft, path) as object), ...(fields as object) }),
  },
  setAdd: { takes: ['any'], run: (draft, path, [member]) => void (valueAt(draft, path) as Set<unknown>).add(member) },
  setDelete: {
    takes: ['any'],
    run: (draft, path, [member]) => void (valueAt(draft, path) as Set<unknown>).delete(member),
  },
}

const ops: Readonly<Record<string, StepKind>> = {
  inc: { takes: ['any'], run: (draft, path, [by]) => inc(draft, path as never, by as never) },
  append: { takes: ['any…'], run: (draft, path, values) => append(draft, path as never, ...(values as never[])) },
  addToSet: { takes: ['any…'], run: (draft, path, values) => addToSet(draft, path as never, ...(values as never[])) },
  removeFromSet: {
    takes: ['any…'],
    run: (draft, path, values) => removeFromSet(draft, path as never, ...(values as never[])),
  },
  moveBy: {
    takes: ['any', 'any', 'any'],
    run: (draft, path, [property, value, index]) =>
      moveBy(draft, path as never, property as never, value as never, index as never),
  },
}

function assign(draft: object, path: readonly unknown[], value: unknown): void {
  const [parent, key] = parentOf(draft, path)
  if (parent instanceof Map) parent.set(key, value)
  else parent[key] = value
}

function parentOf(draft: object, path: readonly unknown[]): [Container, Key] {
  return [valueAt(draft, path.slice(0, -1)) as Container, path.at(-1) as Key]
}

function listAt(draft: object, path: readonly unknown[]): unknown[] {
  const list = valueAt(draft, path)
  if (Array.isArray(list)) return list as unknown[]
  throw new Error(`There is no list at ${JSON.stringify(path)}.`)
}

function valueAt(draft: object, path: readonly unknown[]): unknown {
  return path.reduce<unknown>((value, key) => {
    if (typeof value !== 'object' || value === null) throw new Error(`Nothing is at ${JSON.stringify(path)}.`)
    return value instanceof Map ? value.get(key) : (value as Record<Key, unknown>)[key as Key]
  }, draft)
}
