import { OPCODE } from '../wire/opcode.ts'
import { STATUS } from '../wire/status.ts'
import { containerKind, entriesOf, type Entry, type Span } from './json-text.ts'
import { locate, type Location } from './locate.ts'
import { parsePath, type Component } from './path.ts'

/** One change of a JSON text. */
export interface Edit {
  readonly opcode: number
  readonly path: string
  readonly value: string
  /** Objects on the way that are missing are made. */
  readonly makesPath: boolean
}

/** The changed text with what the change answers, or the status that says why there is none. */
export type Edited = { readonly text: string; readonly result?: string } | number

/** Changes a text that is valid JSON; all that the change does not touch stays byte for byte. */
export function edit(text: string, change: Edit): Edited {
  const path = parsePath(change.path)
  if (typeof path === 'number') return path
  const last = path.at(-1)
  const location = locate(text, path)
  switch (change.opcode) {
    case OPCODE.subdocDictAdd:
    case OPCODE.subdocDictUpsert: {
      if (last?.type !== 'member') return STATUS.pathInvalid
      if (!isValue(change.value)) return STATUS.valueCannotInsert
      if (location.type !== 'found') return insertMissing(text, path, location, change, change.value)
      if (change.opcode === OPCODE.subdocDictAdd) return STATUS.pathExists
      return { text: splice(text, location.value, change.value) }
    }
    case OPCODE.subdocReplace:
      if (!isValue(change.value)) return STATUS.valueCannotInsert
      return location.type === 'found' ? { text: splice(text, location.value, change.value) } : notThere(location)
    case OPCODE.subdocDelete:
      return removeFound(text, location)
    case OPCODE.subdocArrayPushLast:
    case OPCODE.subdocArrayPushFirst:
    case OPCODE.subdocArrayAddUnique:
      return push(text, path, location, change)
    case OPCODE.subdocArrayInsert:
      return insertElement(text, path, location, change.value)
    case OPCODE.subdocCounter:
      return addTo(text, path, location, change)
    default:
      return STATUS.invalidCombination
  }
}

function push(text: string, path: readonly Component[], location: Location, change: Edit): Edited {
  const isUnique = change.opcode === OPCODE.subdocArrayAddUnique
  if (!isList(change.value) || (isUnique && !isPrimitive(change.value))) return STATUS.valueCannotInsert
  if (location.type !== 'found') return insertMissing(text, path, location, change, `[${change.value}]`)
  if (containerKind(text, location.value) !== 'array') return STATUS.pathMismatch
  const elements = entriesOf(text, location.value)
  if (isUnique) {
    const texts = elements.map(({ value }) => text.slice(value.start, value.end))
    if (!texts.every(isPrimitive)) return STATUS.pathMismatch
    if (texts.includes(change.value.trim())) return STATUS.pathExists
  }
  const position = change.opcode === OPCODE.subdocArrayPushFirst ? 0 : elements.length
  return { text: insertEntry(text, location.value, elements, position, change.value) }
}

function insertElement(text: string, path: readonly Component[], location: Location, value: string): Edited {
  const last = path.at(-1)
  if (last?.type !== 'element' || last.index < 0) return STATUS.pathInvalid
  if (!isList(value)) return STATUS.valueCannotInsert
  if (location.type === 'found') {
    const { parent } = location
    return parent
      ? { text: insertEntry(text, parent.container, parent.entries, parent.position, value) }
      : STATUS.pathInvalid
  }
  const isJustBehind =
    location.type === 'missing' && location.depth === path.length - 1 && last.index === location.entries.length
  if (!isJustBehind) return notThere(location)
  return { text: insertEntry(text, location.container, location.entries, last.index, value) }
}

function addTo(text: string, path: readonly Component[], location: Location, change: Edit): Edited {
  if (!/^-?\d+$/.test(change.value)) return STATUS.deltaInvalid
  const delta = BigInt(change.value)
  if (delta === 0n || !isInt64(delta)) return STATUS.deltaInvalid
  if (location.type !== 'found') {
    const inserted = insertMissing(text, path, location, change, delta.toString())
    return typeof inserted === 'number' ? inserted : { ...inserted, result: delta.toString() }
  }
  const before = text.slice(location.value.start, location.value.end)
  if (!/^-?\d+$/.test(before)) return STATUS.pathMismatch
  const sum = BigInt(before) + delta
  if (!isInt64(BigInt(before)) || !isInt64(sum)) return STATUS.numberOutOfRange
  return { text: splice(text, location.value, sum.toString()), result: sum.toString() }
}

function removeFound(text: string, location: Location): Edited {
  if (location.type !== 'found') return notThere(location)
  const { parent } = location
  const entry = parent?.entries[parent.position]
  if (!parent || !entry) return STATUS.pathInvalid
  const before = parent.entries[parent.position - 1]
  const after = parent.entries[parent.position + 1]
  // With the comma before it or, when it is the first, behind it.
  const start = before ? before.whole.end : entry.whole.start
  const end = before || !after ? entry.whole.end : after.whole.start
  return { text: splice(text, { start, end }, '') }
}

/** Puts a value where the path leads, if all but its end is there or may be made. */
function insertMissing(
  text: string,
  path: readonly Component[],
  location: Location,
  { makesPath }: Edit,
  value: string,
): Edited {
  if (location.type !== 'missing') return notThere(location)
  const [first, ...inner] = path.slice(location.depth)
  if (first?.type !== 'member' || (inner.length > 0 && !makesPath)) return STATUS.pathNotFound
  let made = value
  for (const component of inner.toReversed()) {
    if (component.type !== 'member') return STATUS.pathNotFound
    made = `{${JSON.stringify(component.name)}:${made}}`
  }
  const entry = `${JSON.stringify(first.name)}:${made}`
  return { text: insertEntry(text, location.container, location.entries, location.entries.length, entry) }
}

function insertEntry(
  text: string,
  container: Span,
  entries: readonly Entry[],
  position: number,
  entry: string,
): string {
  const next = entries[position]
  if (next) return splice(text, { start: next.whole.start, end: next.whole.start }, `${entry},`)
  const last = entries.at(-1)
  if (!last) return splice(text, { start: container.start + 1, end: container.end - 1 }, entry)
  return splice(text, { start: last.whole.end, end: last.whole.end }, `,${entry}`)
}

function notThere(location: Location): number {
  return location.type === 'mismatch' ? STATUS.pathMismatch : STATUS.pathNotFound
}

function splice(text: string, { start, end }: Span, replacement: string): string {
  return text.slice(0, start) + replacement + text.slice(end)
}

function isValue(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** One value, or several with commas between. */
function isList(text: string): boolean {
  return text.trim() !== '' && isValue(`[${text}]`)
}

function isPrimitive(text: string): boolean {
  return isValue(text) && !/^\s*[[{]/.test(text)
}

function isInt64(number: bigint): boolean {
  return BigInt.asIntN(64, number) === number
}
