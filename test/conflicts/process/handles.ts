import {
  type DocumentStore,
  type Draft,
  type DraftCommitOptions,
  type Scope,
  type ScopeDraft,
  type Scopes,
  decodeDocument,
  documentKey,
} from '@scopes/core'
import type { Outcome } from '../judge.ts'
import { type Operation, type Sheet, type SheetName, apply, definitions } from '../sheet.ts'
import type { Dialogue, Final, View } from './dialogue.ts'
import { outcomeOf } from './outcome-of.ts'

/** The writers of a process, by their handles. */
export class Handles {
  readonly #scopes: Scopes
  readonly #store: DocumentStore
  readonly #acknowledge: (mark: string) => void
  readonly #begun = new Map<string, readonly ScopeDraft<Sheet>[]>()
  #abort = new AbortController()

  constructor(opened: { readonly scopes: Scopes; readonly store: DocumentStore }, acknowledge: (mark: string) => void) {
    this.#scopes = opened.scopes
    this.#store = opened.store
    this.#acknowledge = acknowledge
  }

  /** Each draft has a handle of its own. */
  async begin(sheet: SheetName, operations: readonly Operation[]): Promise<void> {
    const begun = operations.map(async operation => {
      const draft = (await this.#open(sheet)).draft()
      apply(draft.value, operation)
      return draft
    })
    this.#begun.set(nameOf(sheet), await Promise.all(begun))
  }

  async commit(sheet: SheetName, options: DraftCommitOptions): Promise<readonly Outcome[]> {
    const begun = this.#begun.get(nameOf(sheet)) ?? []
    this.#begun.delete(nameOf(sheet))
    return Promise.all(begun.map(draft => outcomeOf(draft.commit(options))))
  }

  async write({ sheet, lanes, keepsHandles = false }: Dialogue['write'][0]): Promise<readonly (readonly Outcome[])[]> {
    const kept = keepsHandles ? await Promise.all(lanes.map(() => this.#open(sheet))) : []
    return Promise.all(
      lanes.map(async (operations, lane) => {
        const outcomes: Outcome[] = []
        for (const operation of operations) {
          const outcome = await carryOut(kept[lane] ?? (await this.#open(sheet)), operation)
          outcomes.push(outcome)
          if (outcome.type === 'done') this.#acknowledge(operation.mark)
        }
        return outcomes
      }),
    )
  }

  async update(question: Dialogue['update'][0]): Promise<Dialogue['update'][1]> {
    const { sheet, operation, isAbortable = false, ...options } = question
    const scope = await this.#open(sheet)
    let runs = 0
    const recipe = (draft: Draft<Sheet>): void => {
      runs++
      apply(draft, operation)
    }
    const signal = isAbortable ? { signal: this.#abort.signal } : {}
    const outcome = await outcomeOf(scope.update(recipe, { ...options, ...signal }))
    return { outcome, runs }
  }

  abort(): void {
    this.#abort.abort()
    this.#abort = new AbortController()
  }

  async read(sheet: SheetName): Promise<View> {
    const { isStored, value, version, ended } = await this.#open(sheet)
    return { isStored, value: value as Sheet, version, endedBy: ended?.reason }
  }

  async final({ kind, id }: SheetName): Promise<Final | undefined> {
    let final: Final | undefined
    if (this.#store.feed === undefined) return this.#stored({ kind, id })
    for await (const change of this.#scopes.feed({ kinds: [kind], since: 'beginning' })) {
      if (change.type === 'caught-up') break
      if (!('key' in change) || change.key.id !== id) continue
      const { type, value, version } = change
      final = { isEnded: type === 'ended', value: value as Sheet | undefined, version }
    }
    return final
  }

  async #stored({ kind, id }: SheetName): Promise<Final | undefined> {
    const { application } = this.#scopes
    const stored = await this.#store.load(documentKey({ application, kind, id }))
    if (stored === undefined) return undefined
    const { type, state, version } = decodeDocument(stored.bytes)
    return { isEnded: type === 'ended', value: state as Sheet | undefined, version }
  }

  async end(sheet: SheetName): Promise<void> {
    await (await this.#open(sheet)).end('by a writer')
  }

  async rotate(sheet: SheetName): Promise<string> {
    return (await (await this.#open(sheet)).rotate()).id
  }

  #open({ kind, id }: SheetName): Promise<Scope<Sheet>> {
    return this.#scopes.open(definitions[kind], id)
  }
}

function carryOut(scope: Scope<Sheet>, operation: Operation): Promise<Outcome> {
  if (operation.way === 'update') return outcomeOf(scope.update(draft => apply(draft, operation)))
  const draft = scope.draft()
  apply(draft.value, operation)
  return outcomeOf(draft.commit())
}

function nameOf({ kind, id }: SheetName): string {
  return `${kind} ${id}`
}
