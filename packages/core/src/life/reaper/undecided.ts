import type { WriteTarget } from '../../commit/commit-target.ts'
import { decodeDocument } from '../../document/decode.ts'
import { journalKey } from '../../document/journal.ts'
import type { LiveDocument, ScopeDocument } from '../../document/scope-document.ts'

/**
 * Whether this is the copy of a rotation that nothing says to have been decided: it is known to nobody, no end of it is told,
 * and it goes by itself (commit protocol §6, `provisional`). One that the end marker of its original names was cut off before
 * it was confirmed; nobody has its id, so what is left to do is to end it, or nothing would be told of how the scope ended.
 * Rejects as the store does.
 */
export async function isUndecided(
  copy: LiveDocument,
  target: Pick<WriteTarget, 'store' | 'patience'>,
): Promise<boolean> {
  const { isProvisional, from } = copy.facts
  if (!isProvisional) return false
  if (from?.of === undefined) return true
  const isNaming = (document: ScopeDocument | undefined): boolean =>
    document?.type === 'ended' && document.life === from.life && document.next === copy.life
  if (isNaming(await read(from.of, target))) return false
  // Where the original's id has another life, its end was kept aside, if it had not been told (lease protocol N3).
  return !isNaming(await read(journalKey(from.of, from.life), target))
}

async function read(
  key: string,
  { store, patience }: Pick<WriteTarget, 'store' | 'patience'>,
): Promise<ScopeDocument | undefined> {
  const stored = await patience.within(store.load(key))
  return stored && decodeDocument(stored.bytes, { key })
}
