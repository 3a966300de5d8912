import type { CommitTarget } from '../commit/commit-target.ts'
import { showTarget } from '../commit/show-target.ts'
import { type ShownDocument, showEnd } from '../definition/shown-document.ts'
import type { EndedDocument, ScopeDocument } from '../document/scope-document.ts'
import { diagnostics } from '../diagnostics.ts'
import { UnreadableDocumentError } from '../errors.ts'

/** What a process shows of one scope: the copy that it holds, in the shape of its definition. */
export class ShownCopy {
  readonly #target: Pick<CommitTarget, 'definition' | 'documentKey'>
  #last: { readonly document: ScopeDocument; readonly told: Shown } | undefined
  #living: ShownDocument | undefined
  #refusal: UnreadableDocumentError | undefined

  constructor(target: Pick<CommitTarget, 'definition' | 'documentKey'>) {
    this.#target = target
  }

  /** The living scope; where the newest state cannot be shown, the last one that could. */
  get living(): ShownDocument | undefined {
    return this.#living
  }

  /** Why the newest state cannot be shown; undefined: it can. */
  get refusal(): UnreadableDocumentError | undefined {
    return this.#refusal
  }

  /** What subscribers are to see of a document; of one that cannot be shown, nothing. */
  toldOf(document: ScopeDocument): ShownDocument | EndedDocument | 'nothing' {
    const told = this.#show(document)
    return told instanceof UnreadableDocumentError ? 'nothing' : told
  }

  /** From now on this is the copy. */
  adopt(document: ScopeDocument | undefined): void {
    const told = document && this.#show(document)
    this.#refusal = undefined
    if (document === undefined) this.#last = undefined
    if (told instanceof UnreadableDocumentError) {
      this.#refusal = told
      if (this.#living?.life !== document?.life) this.#living = undefined
      diagnostics.unreadable.publish({ documentKey: this.#target.documentKey, error: told })
    } else {
      this.#living = told?.type === 'live' ? told : undefined
    }
  }

  /** A document is looked at when it is told, and again when it is adopted. */
  #show(document: ScopeDocument): Shown {
    if (this.#last?.document === document) return this.#last.told
    const told = this.#try(document)
    this.#last = { document, told }
    return told
  }

  #try(document: ScopeDocument): Shown {
    if (document.type === 'ended') return showEnd(document, this.#target.definition.versions)
    try {
      return showTarget(this.#target, document)
    } catch (error) {
      if (error instanceof UnreadableDocumentError) return error
      throw error
    }
  }
}

type Shown = ShownDocument | EndedDocument | UnreadableDocumentError
