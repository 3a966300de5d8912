import { parseDocumentKey, type ScopeDocument } from '@scopes/core'
import { describeDocument, type DescribedDocument } from '../documents/described-document.ts'
import { heldState, heldVersions } from '../documents/timeline.ts'
import type { KeyedDocument } from '../documents/stored-documents.ts'
import type { CommandRun } from '../terminal/command.ts'
import { asItWas } from '../terminal/texts.ts'
import { FailedError, UsageError } from '../terminal/usage-error.ts'
import { withStore } from './with-store.ts'

/** A document that was asked for by its key, and what it is. */
export interface AskedDocument {
  readonly stored: KeyedDocument
  readonly described: DescribedDocument
}

/** The document at the second operand, in the store at the first. Rejects with FailedError when there is none. */
export function loadAsked(run: Pick<CommandRun, 'operands' | 'streams'>): Promise<AskedDocument> {
  const asked = keyOf(run.operands[1] ?? '')
  const { now, signal } = run.streams
  return withStore(run, async ({ store, name }) => {
    // As `list` prints it, where it holds what a terminal would obey.
    for (const key of new Set([asked, asItWas(asked)])) {
      const found = await store.load(key, { signal })
      if (found === undefined) continue
      const stored = { key, ...found }
      return { stored, described: describeDocument(stored, now()) }
    }
    throw new FailedError(`There is no ${asked} in ${name}.`)
  })
}

/** The same, of a scope or the journal of an end. Rejects with UnreadableDocumentError when it cannot be read. */
export async function loadAskedScope(
  run: Pick<CommandRun, 'operands' | 'streams'>,
): Promise<{ readonly key: string; readonly document: ScopeDocument }> {
  const { stored, described } = await loadAsked(run)
  if (described.type === 'unreadable') throw described.error
  if ('document' in described) return { key: stored.key, document: described.document }
  throw new FailedError(`${stored.key} is no scope.`)
}

/** The state at a version. @throws FailedError that names those which the document holds */
export function stateAtVersion(
  key: string,
  document: ScopeDocument,
  version: number,
): Readonly<Record<string, unknown>> {
  const state = heldState(document, version)
  if (state !== undefined) return state
  const held = heldVersions(document)
  const rest = held === undefined ? 'its states are gone.' : `it holds versions ${held.from} to ${held.to}.`
  throw new FailedError(`${key} does not hold version ${version} any more, or not yet: ${rest}`)
}

function keyOf(text: string): string {
  if (parseDocumentKey(text) !== undefined || /^(lock|index|end):/.test(text)) return text
  throw new UsageError(`${JSON.stringify(text)} is no key; a key is kind:application:id, as in session:shop:visitor-1.`)
}
