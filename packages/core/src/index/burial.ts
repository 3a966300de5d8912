import type { View } from '../commit/commit-state.ts'
import type { CommitTarget } from '../commit/commit-target.ts'
import type { Composed, WriteRequest, Writer } from '../commit/write.ts'
import { graceMs, markerExpiry, secondOf } from '../definition/lifetime.ts'
import { delivered } from '../document/delivery.ts'
import { type Encoded, encodeEnd, encodeMarker } from '../document/encode.ts'
import { drawCommitId, drawLife } from '../document/ids.ts'
import type { EndedDocument } from '../document/scope-document.ts'

/**
 * Sees to it that a creation or a confirmation that is on its way is refused: by an end marker where nothing is, or where the
 * copy of a rotation is, and by another token for a marker that is there. It tells nobody: what never lived does not end.
 */
export class Burial implements Writer {
  readonly #target: CommitTarget
  readonly #detail: string | undefined

  constructor(target: CommitTarget, detail: string | undefined) {
    this.#target = target
    this.#detail = detail
  }

  compose(view: View): Composed {
    const { bytes, document } = this.#marker(view)
    const request: WriteRequest = {
      operation: view ? 'replace' : 'insert',
      token: view?.token,
      ...markerExpiry(document.deadline, this.#target.clock.now()),
      durability: 'strongest',
      bytes,
      document,
    }
    const base = view && { version: view.document.version, commitId: view.document.commitId, token: view.token }
    // Not a commit: whatever the answer, the next look says what is there.
    return { request, commits: [], base, life: document.life, over: undefined }
  }

  repeat(): WriteRequest {
    throw new Error('A burial is not repeated.')
  }

  landed(): void {}

  #marker(view: View): Encoded<EndedDocument> {
    if (view?.document.type === 'ended') return encodeMarker(view.document)
    const at = this.#target.clock.now()
    const deadline = secondOf(at + graceMs(0))
    const end = {
      commitId: drawCommitId(),
      deadline,
      reason: 'ended',
      detail: this.#detail,
      at,
      delivery: delivered,
    } as const
    if (view?.document.type === 'live') return encodeEnd({ ...end, document: view.document, keepState: false })
    const { commitId } = end
    const { schemaVersion } = this.#target.definition
    // A life of its own: who creates the scope must not take it for what he has sent.
    const nobody = {
      type: 'ended',
      life: drawLife(),
      version: 1,
      ids: [commitId],
      schemaVersion,
      state: undefined,
    } as const
    return encodeMarker({ ...end, ...nobody, next: undefined })
  }
}
