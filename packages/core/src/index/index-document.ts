import { countField, fieldsOf, lifeField, packLife, refuse } from '../document/fields.ts'
import { decodeRecord, encodeRecord } from '../document/record.ts'
import type { Life } from '../document/scope-document.ts'
import type { StoreToken } from '../document/stored-document.ts'
import { UnreadableDocumentError } from '../errors.ts'

/** One scope that an index names. It may not exist yet, or have another value by now: the scope's own document decides. */
export interface IndexEntry {
  readonly kind: string
  readonly id: string
  readonly life: Life
  /** The version of the commit for which it was entered: while the scope has an earlier one, that may still be on its way. */
  readonly version: number
  /** The lives that rotations have copied to this one, the last one first: at most 16. */
  readonly from: readonly Life[]
}

/** What the document of one value of an index says (lease protocol §6). It exists while it names anybody. */
export interface IndexDocument {
  readonly entries: readonly IndexEntry[]
  /** When the last of the scopes must have ended, unix seconds; 0: it may live for ever. Then the store may drop the document. */
  readonly until: number
}

/** An index as a load showed it; undefined: it names nobody. */
export type IndexView = { readonly document: IndexDocument; readonly token: StoreToken } | undefined

/** The document as it is stored. */
export function encodeIndex({ entries, until }: IndexDocument): Uint8Array {
  const packed = entries.map(({ kind, id, life, version, from }) => [
    kind,
    id,
    packLife(life),
    version,
    ...from.map(packLife),
  ])
  return encodeRecord({ entries: packed, until })
}

/** @throws UnreadableDocumentError that names the key and the field which is not what it should be. */
export function decodeIndex(bytes: Uint8Array, key: string): IndexDocument {
  const value = decodeRecord(bytes, key)
  try {
    const { entries, until } = fieldsOf(value)
    if (!Array.isArray(entries)) return refuse('entries', 'a list')
    return { entries: entries.map(entryOf), until: countField('until', until) }
  } catch (cause) {
    if (!(cause instanceof UnreadableDocumentError)) throw cause
    throw new UnreadableDocumentError(`The index ${JSON.stringify(key)} is unreadable: ${cause.message}.`, {
      cause,
      key,
    })
  }
}

function entryOf(value: unknown): IndexEntry {
  if (!Array.isArray(value)) return refuse('an entry', 'a list')
  const [kind, id, life, version, ...from] = value as readonly unknown[]
  if (typeof kind !== 'string') return refuse('a kind', 'a text')
  if (typeof id !== 'string') return refuse('an id', 'a text')
  return {
    kind,
    id,
    life: lifeField('a life', life),
    version: countField('a version', version),
    from: from.map(copied => lifeField('a life', copied)),
  }
}
