import { type Frame, valueOf } from './frame.ts'
import { opcodes } from './opcode.ts'
import { encodeRequest } from './request.ts'
import { malformed } from './shape.ts'

/** A scope of the bucket and what is in it, as far as the user may know. */
export interface ManifestScope {
  readonly name: string
  readonly id: number
  readonly collections: readonly { readonly name: string; readonly id: number }[]
}

/**
 * GET_COLLECTIONS_MANIFEST: nothing. Answer: value = JSON
 * `{"uid": …, "scopes": [{"name", "uid", "collections": [{"name", "uid"}]}]}`, all ids in hexadecimal text.
 */
export function encodeGetCollectionsManifest(opaque: number): Buffer {
  return encodeRequest({ opcode: opcodes.getCollectionsManifest, opaque })
}

/** The scopes of the bucket; for an answer with status 0. */
export function decodeCollectionsManifest(frame: Frame): readonly ManifestScope[] {
  return listOf(frame, parsed(frame), 'scopes').map(scope => ({
    ...namedOf(frame, scope),
    collections: listOf(frame, scope, 'collections').map(collection => namedOf(frame, collection)),
  }))
}

function parsed(frame: Frame): unknown {
  try {
    return JSON.parse(valueOf(frame).toString())
  } catch (error) {
    throw malformed(frame, 'A manifest of collections is no JSON.', error)
  }
}

function listOf(frame: Frame, parent: unknown, name: string): readonly unknown[] {
  const list: unknown = (Object(parent) as Readonly<Record<string, unknown>>)[name]
  if (Array.isArray(list)) return list
  throw malformed(frame, `A manifest of collections has no list of ${name}.`)
}

function namedOf(frame: Frame, entry: unknown): { readonly name: string; readonly id: number } {
  const { name, uid } = Object(entry) as Readonly<Record<string, unknown>>
  if (typeof name === 'string' && typeof uid === 'string' && /^[0-9a-f]{1,8}$/i.test(uid)) {
    return { name, id: Number.parseInt(uid, 16) }
  }
  throw malformed(frame, 'A manifest of collections has an entry without name or id.')
}
