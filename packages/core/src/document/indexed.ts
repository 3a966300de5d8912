import { refuse } from './fields.ts'
import type { LiveDocument } from './scope-document.ts'

/** The indexes that name a scope, each with the value; for whoever ends it and does not know its kind. */
export type Indexed = ReadonlyMap<string, string>

/** In no index. */
const nowhere: Indexed = new Map()

/** The indexes that name the scope as it is. O(frames of the tail). */
export function indexedOf({ facts, tail }: Pick<LiveDocument, 'facts' | 'tail'>): Indexed {
  return tail.findLast(({ indexed }) => indexed)?.indexed ?? facts.indexed ?? nowhere
}

/** Whether both name the scope by the same values. */
export function isSameIndexed(one: Indexed, other: Indexed): boolean {
  return one.size === other.size && [...one].every(([name, value]) => other.get(name) === value)
}

/** The field of a snapshot. @throws UnreadableDocumentError unless these are indexes */
export function indexedField(value: unknown): Indexed {
  return isIndexed(value) ? value : refuse('indexed', 'a map of indexes to texts')
}

/** The element of a commit: a reader of before may have been told that anything can stand there, so what is none says nothing. */
export function indexedElement(value: unknown): Indexed | undefined {
  return isIndexed(value) ? value : undefined
}

function isIndexed(value: unknown): value is Indexed {
  return value instanceof Map && [...value].flat().every(text => typeof text === 'string')
}
