import type { PartitionChange, ScopeChange, Scopes } from '@scopes/core'

/** One change as everybody may see it: of which kind of scope, but not of which one. */
export interface ChangeLine {
  readonly kind: string
  readonly what: string
  readonly version: number
  /** The process that committed it; undefined where the change does not say it. */
  readonly process: string | undefined
  /** When this process was told, in milliseconds since 1970. */
  readonly at: number
}

/** How many are kept. */
const linesKept = 10

/** The newest changes of all scopes of the shop, made by any of its processes. */
export class RecentChanges {
  readonly #lines: ChangeLine[] = []
  readonly #listeners = new Set<() => void>()
  readonly #subscription: { unsubscribe(): void }

  constructor(scopes: Scopes) {
    this.#subscription = scopes.changes().subscribe(change => this.#take(change))
  }

  /** Newest first. */
  get lines(): readonly ChangeLine[] {
    return this.#lines
  }

  /** Calls the listener after each change, until the returned function is called. */
  watch(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): void {
    this.#subscription.unsubscribe()
    this.#listeners.clear()
  }

  #take(change: ScopeChange | PartitionChange): void {
    if (!('key' in change)) return
    this.#lines.unshift({
      kind: change.key.kind,
      what: wordFor(change),
      version: change.version,
      process: change.type === 'updated' ? change.origin.process : undefined,
      at: Date.now(),
    })
    this.#lines.splice(linesKept)
    for (const listener of this.#listeners) listener()
  }
}

function wordFor(change: ScopeChange): string {
  switch (change.type) {
    case 'created':
    case 'updated':
      return change.type
    case 'touched':
      return 'renewed'
    case 'ended':
      return change.detail ?? change.reason ?? 'ended'
    case 'reset':
      return change.reason === 'first' ? 'first seen' : change.reason
    default:
      return change satisfies never
  }
}
