import type { Clock } from '../clock.ts'
import { backoffMs } from '../commit/backoff.ts'
import type { IndexClaim, Indexing } from '../commit/indexing.ts'
import type { Patience } from '../commit/patience.ts'
import type { IndexValues } from '../definition/indexes.ts'
import type { Life } from '../document/scope-document.ts'
import { ScopesError, StoreUnavailableError, UnreadableDocumentError } from '../errors.ts'
import type { DocumentStore, MutationResult } from '../store/document-store.ts'
import { type IndexDocument, type IndexEntry, type IndexView, decodeIndex, encodeIndex } from './index-document.ts'
import { indexKey } from './index-key.ts'

/** What the indexes are kept with. */
export interface IndexServices {
  readonly store: DocumentStore
  readonly clock: Clock
  readonly patience: Patience
  /** How long a change is tried, in milliseconds. */
  readonly timeoutMs: number
}

/** What becomes of an index; undefined: it is right as it is. */
type Edit = (document: IndexDocument) => IndexDocument | undefined

const nobody: IndexDocument = { entries: [], until: 1 }

/**
 * The documents that say which scopes have a value. Each change is one compare-and-swap and leaves what others have entered
 * (lease protocol I6); it is as durable as the store can, because the scope rolls back apart from it.
 */
export class IndexBook implements Indexing {
  readonly #services: IndexServices

  constructor(services: IndexServices) {
    this.#services = services
  }

  async enter(values: IndexValues, claim: IndexClaim, mustBeThere: boolean): Promise<'entered' | 'taken-out'> {
    let isTakenOut = false
    await this.#each(values, claim.key.application, document => {
      const known = document.entries.find(entry => isOf(entry, claim))
      isTakenOut ||= mustBeThere && known === undefined
      return isTakenOut ? undefined : entered(document, claim, known)
    })
    return isTakenOut ? 'taken-out' : 'entered'
  }

  async leave(
    values: IndexValues,
    claim: Pick<IndexClaim, 'key' | 'life'> & { readonly version?: number },
  ): Promise<void> {
    const { version = Infinity } = claim
    await this.#each(values, claim.key.application, document =>
      without(document, entry => isOf(entry, claim) && entry.version < version),
    )
  }

  /** Afterwards none of these entries is there as it was; what was entered anew meanwhile is. @returns what is there now */
  async takeOut(key: string, gone: readonly IndexEntry[]): Promise<IndexDocument> {
    const isGone = (entry: IndexEntry): boolean => gone.some(other => isSame(entry, other))
    return this.#change(key, document => without(document, isGone))
  }

  /** Who is named by an index now. Rejects with StoreUnavailableError or UnreadableDocumentError. */
  async read(key: string): Promise<IndexDocument> {
    return this.#change(key, () => undefined)
  }

  async #each(values: IndexValues, application: string, edit: Edit): Promise<void> {
    await Promise.all([...values].map(([name, value]) => this.#change(indexKey(application, name, value), edit)))
  }

  /** Looks and writes until what is there is right. An edit of what is right already is none, so no answer is missed. */
  async #change(key: string, edit: Edit): Promise<IndexDocument> {
    const { clock, timeoutMs } = this.#services
    const until = clock.monotonic() + timeoutMs
    let lastError: unknown
    for (let failures = 0; ;) {
      try {
        const view = await this.#load(key)
        const document = view?.document ?? nobody
        const edited = edit(document)
        if (edited === undefined) return document
        if ((await this.#write(key, view, edited)).type === 'done') return edited
      } catch (error) {
        if (error instanceof UnreadableDocumentError) throw error
        lastError = error
        failures++
      }
      if (clock.monotonic() >= until) break
      await clock.sleep(backoffMs(failures, Math.random()))
    }
    const outcome = lastError instanceof ScopesError ? lastError.outcome : 'unknown'
    throw new StoreUnavailableError(
      `The index ${key} could not be changed: the store failed, or others changed it each time. Try again.`,
      { cause: lastError, outcome },
    )
  }

  async #load(key: string): Promise<IndexView> {
    const { store, patience } = this.#services
    const stored = await patience.within(store.load(key))
    return stored && { document: decodeIndex(stored.bytes, key), token: stored.token }
  }

  #write(key: string, view: IndexView, document: IndexDocument): Promise<MutationResult> {
    const { store, patience } = this.#services
    const durability = 'strongest'
    if (view && document.entries.length === 0) return patience.within(store.remove(key, view.token, { durability }))
    const options = { durability, expiresAt: document.until === 0 ? undefined : document.until } as const
    const bytes = encodeIndex(document)
    return patience.within(view ? store.replace(key, bytes, view.token, options) : store.insert(key, bytes, options))
  }
}

/** Undefined: it is named so already. */
function entered(
  { entries, until: before }: IndexDocument,
  { key: { kind, id }, life, version, from, until: end }: IndexClaim,
  known: IndexEntry | undefined,
): IndexDocument | undefined {
  const until = before === 0 || end === 0 ? 0 : Math.max(before, end)
  if (known && known.version >= version && until === before) return undefined
  const ancestors = known ? known.from : ancestorsOf(from, entries)
  const entry = { kind, id, life, version: Math.max(version, known?.version ?? 0), from: ancestors }
  return { entries: [...entries.filter(other => other !== known), entry], until }
}

/** More rotations of one scope than this do not happen while scopes of the value are being ended. */
const mostAncestors = 16

/** The copied life, and those that were copied to it: its own entry may have gone when somebody looks for them. */
function ancestorsOf(from: Life | undefined, entries: readonly IndexEntry[]): readonly Life[] {
  if (from === undefined) return []
  const before = entries.find(({ life }) => life === from)?.from ?? []
  return [from, ...before].slice(0, mostAncestors)
}

function without({ entries, until }: IndexDocument, isGone: (entry: IndexEntry) => boolean): IndexDocument | undefined {
  const left = entries.filter(entry => !isGone(entry))
  return left.length === entries.length ? undefined : { entries: left, until }
}

function isOf(
  entry: IndexEntry,
  { key, life }: { readonly key: { kind: string; id: string }; readonly life: Life },
): boolean {
  return entry.life === life && entry.id === key.id && entry.kind === key.kind
}

function isSame(left: IndexEntry, right: IndexEntry): boolean {
  return left.life === right.life && left.version === right.version && left.id === right.id && left.kind === right.kind
}
