import type { Cookie } from './options.ts'
import { readCookies } from './read-cookies.ts'
import { verify } from './signature.ts'

/** An id that a request has brought. */
export interface BroughtId {
  readonly id: string
  /** It is signed by a key that is not the first any more. */
  readonly isOutdated: boolean
}

/** The ids in a Cookie header, in its order. Where the cookie is signed, what none of its keys has signed is passed over. */
export function readIds(header: string | undefined, { name, keys }: Cookie): readonly BroughtId[] {
  const ids: BroughtId[] = []
  for (const text of readCookies(header, name)) {
    const signed = keys === undefined ? { value: text, keyIndex: 0 } : verify(name, text, keys)
    if (signed) ids.push({ id: signed.value, isOutdated: signed.keyIndex > 0 })
  }
  return ids
}
