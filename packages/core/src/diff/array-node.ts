import { holdsBytes } from '../value/stored-bytes.ts'
import { refuseDiff } from './refuse-diff.ts'

/** An array as its script makes it of the base; its elements are still to be edited. */
export interface Built {
  readonly built: unknown[]
  /** For each element of the base where it stands in the new array, or -1; undefined: where it stood. */
  readonly targets: readonly number[] | undefined
  /** Something inserted holds bytes. */
  readonly holds: boolean
}

/**
 * What the script of an array node makes of the base (merge rule 7); 0: nothing has moved. `adoptNew` takes what it inserts.
 * @throws UnreadableDocumentError when it is no script of an array of this length.
 */
export function rebuiltArray(script: unknown, base: readonly unknown[], adoptNew: (value: unknown) => unknown): Built {
  if (script === 0) return { built: [...base], targets: undefined, holds: false }
  if (!Array.isArray(script)) return refuseDiff('has an array node without a script')
  const built: unknown[] = []
  const targets = base.map(() => -1)
  let holds = false
  for (let position = 0; position < script.length; position++) {
    const part: unknown = script[position]
    if (Array.isArray(part)) {
      if (part.length === 0) return refuseDiff('inserts nothing')
      for (const value of part as readonly unknown[]) {
        const adopted = adoptNew(value)
        holds ||= holdsBytes(adopted)
        built.push(adopted)
      }
      continue
    }
    const count: unknown = script[++position]
    if (!isIndex(part) || !isIndex(count) || count === 0 || part + count > base.length) {
      return refuseDiff('copies array elements that are not there')
    }
    for (let index = part; index < part + count; index++) {
      if (targets[index] !== -1) return refuseDiff('copies an array element twice')
      targets[index] = built.push(base[index]) - 1
    }
  }
  return { built, targets, holds }
}

/** The pairs of index and node of an array node, ascending. @throws UnreadableDocumentError when they are none. */
export function editsOf(edits: unknown, isExpected: boolean): [number, unknown][] {
  if (!isExpected) return []
  if (!Array.isArray(edits) || edits.length === 0 || edits.length % 2 !== 0)
    return refuseDiff('has edits that are no list')
  const pairs: [number, unknown][] = []
  let last = -1
  for (let position = 0; position < edits.length; position += 2) {
    const index: unknown = edits[position]
    if (!isIndex(index) || index <= last) return refuseDiff('edits array elements out of order')
    pairs.push([index, edits[position + 1]])
    last = index
  }
  return pairs
}

function isIndex(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0
}
