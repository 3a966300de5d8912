import type { View } from '../commit/commit-state.ts'
import type { CommitTarget, LifeBinding } from '../commit/commit-target.ts'
import { type Composed, type WriteRequest, type Writer } from '../commit/write.ts'
import { deadlineAt, isRenewalDue, lifetimeOf, quietShare, storeExpiry } from '../definition/lifetime.ts'
import { compact } from '../document/compaction.ts'
import { schemaVersionOf } from '../document/schema-version-of.ts'

/**
 * Renews the deadline: a compaction with the token of what it renews, never a new version (DESIGN §9). It is skipped when
 * somebody else wrote meanwhile, also where that is a newer schema version, or the renewal is no longer due.
 */
export class RenewalWriter implements Writer {
  readonly #target: CommitTarget
  readonly #binding: LifeBinding

  constructor(target: CommitTarget, binding: LifeBinding) {
    this.#target = target
    this.#binding = binding
  }

  compose(view: View): Composed | undefined {
    const { clock, definition, store } = this.#target
    if (view?.document.type !== 'live' || view.document.life !== this.#binding.life) return undefined
    const { document, token } = view
    // Whoever knows that version renews it: here nothing of it is written anew.
    if (schemaVersionOf(document) > definition.schemaVersion) return undefined
    const now = clock.now()
    const { createdAt, lifetime: own } = document.facts
    const lifetime = lifetimeOf(definition, own)
    if (!isRenewalDue(document.deadline, lifetime, createdAt, now, quietShare(document.life))) return undefined
    const deadline = deadlineAt(lifetime, createdAt, now)
    const request: WriteRequest = {
      operation: 'replace',
      token,
      expiresAt: storeExpiry(deadline, definition.keepEndsMs),
      durability: 'usual',
      ...compact({
        document,
        deadline,
        keepEndsMs: definition.keepEndsMs,
        maxBytes: store.capabilities.maxDocumentBytes,
      }),
    }
    const base = { version: document.version, commitId: document.commitId, token }
    // No commit: whatever the answer, there is nothing to look for and nothing to repeat.
    return { request, commits: [], base, life: document.life, over: undefined }
  }

  repeat(): WriteRequest {
    throw new Error('A renewal is not repeated.')
  }

  landed(): void {}
}
