import { documentKey, type FeedToken, type KnownPosition, type ScopeKey, type StoreToken } from '@scopes/core'

import type { CheckedChange, CheckedPartition, CheckedScopes } from './checked-engine.ts'
import type { RecordedProcess } from './recorded-process.ts'
import { toldOf } from './told.ts'

/** An observer of all scopes. It may stop, and go on where it was. */
export class ScopesObserver {
  readonly #scopes: CheckedScopes
  readonly #process: RecordedProcess
  readonly #observer: string
  readonly #positions = new Map<string, KnownPosition>()
  #feedToken: FeedToken | undefined
  #subscription: { unsubscribe(): void } | undefined

  constructor(scopes: CheckedScopes, process: RecordedProcess) {
    this.#scopes = scopes
    this.#process = process
    this.#observer = process.recorder.name('observer')
    this.start()
  }

  /** Begins, or goes on behind what it was told last. */
  start(): void {
    if (this.#subscription) return
    const { recorder, process } = this.#process
    recorder.write(process, { type: 'watching', observer: this.#observer, what: 'scopes' })
    const options = this.#feedToken && {
      since: this.#feedToken,
      known: (key: ScopeKey): KnownPosition | undefined => this.#positions.get(documentKey(key)),
    }
    this.#subscription = this.#scopes.changes(options).subscribe({
      next: change => this.#take(change),
      error: () => recorder.write(process, { type: 'unwatched', observer: this.#observer, why: 'failed' }),
      complete: () => recorder.write(process, { type: 'unwatched', observer: this.#observer, why: 'completed' }),
    })
  }

  stop(): void {
    if (!this.#subscription) return
    this.#subscription.unsubscribe()
    this.#subscription = undefined
    const { recorder, process } = this.#process
    recorder.write(process, { type: 'unwatched', observer: this.#observer, why: 'stopped' })
  }

  #take(change: CheckedChange | CheckedPartition): void {
    const { recorder, process } = this.#process
    this.#feedToken = change.feedToken ?? this.#feedToken
    if ('key' in change) {
      const scope = documentKey(change.key)
      this.#positions.set(scope, positionOf(change))
      recorder.write(process, { type: 'told', observer: this.#observer, scope, change: toldOf(change) })
    } else if (change.type === 'caught-up') {
      recorder.write(process, { type: 'live', observer: this.#observer })
    }
  }
}

function positionOf(change: CheckedChange): KnownPosition {
  const { life, version, commitId, type } = change
  const token = 'token' in change ? (change.token as StoreToken | undefined) : undefined
  return { life, version, commitId, token, isEnded: type === 'ended' } as KnownPosition
}
