import { type IndexValues, noIndexValues } from '../definition/indexes.ts'
import { lifetimeOf, secondOf, storeExpiry } from '../definition/lifetime.ts'
import type { Life, SnapshotFacts } from '../document/scope-document.ts'
import { ScopeEndedError, ScopesError, StoreUnavailableError } from '../errors.ts'
import type { CommitTarget } from './commit-target.ts'
import type { IndexClaim } from './indexing.ts'

/** What a request is about to make of a scope. */
export interface IndexedChange {
  readonly life: Life
  /** Of the last commit in the request. */
  readonly version: number
  readonly before: IndexValues
  readonly after: IndexValues
  readonly facts: Pick<SnapshotFacts, 'createdAt' | 'lifetime'>
  /** The request gives the scope another lifetime, so the index may have to stay for longer. */
  readonly isLifetimeChanged: boolean
}

/**
 * Keeps indexes ahead of the commits of one write: a scope is named by the index of a value before it can have that value
 * (lease protocol I1), and is taken out of the one before afterwards.
 */
export class IndexedGroup {
  readonly #target: CommitTarget
  /** What was entered for the earlier tries of the write. */
  #claimed: { readonly life: Life; readonly values: IndexValues } | undefined
  #change: IndexedChange | undefined
  /** Creations that others were faster than: nobody else has entered these lives. */
  readonly #orphans: { readonly life: Life; readonly values: IndexValues }[] = []

  constructor(target: CommitTarget) {
    this.#target = target
  }

  /** The scope was named by an index for an earlier try. */
  get hasEntered(): boolean {
    return this.#claimed !== undefined
  }

  /**
   * Afterwards the request may be sent.
   * @throws ScopeEndedError when the scope was taken out of an index since the last try: all scopes of that value have ended
   * @throws StoreUnavailableError with outcome `none`: the request was not sent
   */
  async enter(change: IndexedChange): Promise<void> {
    this.#change = change
    const { life, after, before, isLifetimeChanged } = change
    const isNew = (name: string, value: string): boolean => isLifetimeChanged || before.get(name) !== value
    const values = only(after, isNew)
    if (values.size === 0) return
    if (this.#claimed && this.#claimed.life !== life) this.#orphans.push(this.#claimed)
    const claimed = this.#claimed?.life === life ? this.#claimed.values : noIndexValues
    const isClaimed = (name: string, value: string): boolean => claimed.get(name) === value
    // What this very life was entered for is looked for again: `endAll` may have found it before the commit could land.
    await this.#enter(change, only(values, isClaimed), true)
    await this.#enter(
      change,
      only(values, (name, value) => !isClaimed(name, value)),
      false,
    )
    this.#claimed = { life, values: new Map([...claimed, ...values]) }
  }

  /**
   * Afterwards no index of a value that the scope had before names it, if the request was executed, nor one of a life that
   * never came to be. Rejects as the store does.
   */
  async leave(hasLanded: boolean): Promise<void> {
    const { indexing, key } = this.#target
    for (const { life, values } of this.#orphans) await indexing.leave(values, { key, life })
    const change = this.#change
    if (change === undefined || !hasLanded) return
    const { life, version, before, after } = change
    const values = only(before, (name, value) => after.get(name) !== value)
    if (values.size > 0) await indexing.leave(values, { key, life, version })
  }

  async #enter(change: IndexedChange, values: IndexValues, mustBeThere: boolean): Promise<void> {
    if (values.size === 0) return
    const { life, version } = change
    const claim: IndexClaim = { key: this.#target.key, life, version, until: indexedUntil(this.#target, change.facts) }
    const result = await enterIndexes(this.#target, values, claim, mustBeThere)
    if (result === 'entered') return
    throw new ScopeEndedError(
      `All scopes of this value of an index of ${this.#target.documentKey} were ended while the commit was being made; nothing was written. Open the scope anew.`,
      { reason: 'ended' },
    )
  }
}

/** Names a scope by its indexes. @throws StoreUnavailableError with outcome `none`: of the scope itself nothing was written */
export async function enterIndexes(
  { indexing, documentKey }: CommitTarget,
  values: IndexValues,
  claim: IndexClaim,
  mustBeThere: boolean,
): Promise<'entered' | 'taken-out'> {
  try {
    return await indexing.enter(values, claim, mustBeThere)
  } catch (cause) {
    if (!(cause instanceof ScopesError)) throw cause
    throw new StoreUnavailableError(
      `${documentKey} could not be entered in its indexes; nothing of it was written: try again when the store is well.`,
      {
        cause,
      },
    )
  }
}

/** When a scope must have ended, whatever becomes of it, and the store has dropped it; 0: never. */
export function indexedUntil(
  { definition }: CommitTarget,
  { createdAt, lifetime }: Pick<SnapshotFacts, 'createdAt' | 'lifetime'>,
): number {
  const { absoluteMs } = lifetimeOf(definition, lifetime)
  if (absoluteMs === undefined) return 0
  return storeExpiry(secondOf(createdAt + absoluteMs), definition.keepEndsMs) ?? 0
}

function only(values: IndexValues, isWanted: (name: string, value: string) => boolean): IndexValues {
  return new Map([...values].filter(([name, value]) => isWanted(name, value)))
}
