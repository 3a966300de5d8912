import { type ShownDocument, showDocument } from '../definition/shown-document.ts'
import type { LiveDocument } from '../document/scope-document.ts'
import { UnreadableDocumentError } from '../errors.ts'
import type { CommitTarget } from './commit-target.ts'

/**
 * The document in the shape of this process.
 * @throws UnreadableDocumentError that names the scope, when it is of a newer schema version or an upcast fails
 */
export function showTarget(
  { definition, documentKey }: Pick<CommitTarget, 'definition' | 'documentKey'>,
  document: LiveDocument,
): ShownDocument {
  try {
    return showDocument(document, definition.versions)
  } catch (error) {
    if (!(error instanceof UnreadableDocumentError)) throw error
    const message = `${documentKey}: ${error.message}`
    throw new UnreadableDocumentError(message, { key: documentKey, cause: error.cause ?? error, outcome: 'none' })
  }
}
