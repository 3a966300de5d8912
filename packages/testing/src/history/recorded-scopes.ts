import { documentKey, LostCommitsError, ScopesError, type ScopeDefinition, type ScopeKey } from '@scopes/core'

import type { CheckedEnd, CheckedLockOptions, CheckedScopes } from './checked-engine.ts'
import type { LockHeld } from './history.ts'
import type { HistoryRecorder } from './history-recorder.ts'
import { type Ledger, seenIn } from './ledger.ts'
import { operation } from './recorded-operation.ts'
import type { RecordedProcess } from './recorded-process.ts'
import { RecordedScope } from './recorded-scope.ts'
import { ScopesObserver } from './scopes-observer.ts'

/** The scopes of a process, with everything that is done with them written down. */
export class RecordedScopes {
  readonly #scopes: CheckedScopes
  readonly #process: RecordedProcess
  #isGone = false

  constructor(scopes: CheckedScopes, process: RecordedProcess) {
    this.#scopes = scopes
    // What a process that is gone still does is no part of the history: nobody has heard of it.
    const write: HistoryRecorder['write'] = (name, happening) => {
      if (!this.#isGone) process.recorder.write(name, happening)
    }
    this.#process = { ...process, recorder: { ...process.recorder, write } }
  }

  /** `abandon` was called. */
  get isAbandoned(): boolean {
    return this.#isGone
  }

  /** A handle, or undefined when opening failed. */
  async open(definition: ScopeDefinition<Ledger>, key: ScopeKey): Promise<RecordedScope | undefined> {
    const { recorder, isFresh } = this.#process
    const handle = recorder.name(this.#process.process)
    const { lifetime } = definition
    const { idleMs } = lifetime
    const expires = idleMs !== undefined || lifetime.absoluteMs !== undefined
    return operation(
      this.#process,
      {
        handle,
        scope: documentKey(key),
        action: { type: 'open', isFresh, expires, ...(idleMs !== undefined && { idleMs }) },
      },
      async () => {
        const opened = new RecordedScope(await this.#scopes.open(definition, key.id), handle, this.#process)
        return { value: opened, told: { life: opened.life, sighting: opened.sighting } }
      },
    )
  }

  /**
   * Runs the body under the lock; what it writes says so by `under`. Where the lock was not to be had, or was lost, the history
   * has what the writes were told.
   */
  async lock(options: CheckedLockOptions, body: (under: LockHeld) => Promise<void>): Promise<void> {
    const { name: lock, type } = options
    const grant = this.#process.recorder.name('grant')
    try {
      await this.#scopes.lock(options, ({ fencingToken }) => body({ lock, type, grant, token: String(fencingToken) }))
    } catch (error) {
      if (!(error instanceof ScopesError)) throw error
    }
  }

  /**
   * Writes down the ends that this process is told of from now on, each when `work`, what the handler does, has succeeded or failed.
   */
  handle(definition: ScopeDefinition<Ledger>, work: (ended: CheckedEnd) => Promise<void>): void {
    const { recorder, process } = this.#process
    this.#scopes.onEnd(definition, async ended => {
      const { key, life, version, reason, detail, deliveryId, value } = ended
      const end = { scope: documentKey(key), life, version, reason, detail, deliveryId, ledger: seenIn(value) }
      const write = (outcome: 'succeeded' | 'failed'): void =>
        recorder.write(process, { type: 'handled', ...end, outcome })
      try {
        await work(ended)
      } catch (error) {
        write('failed')
        throw error
      }
      write('succeeded')
    })
  }

  /** Writes down that the wall clock of the process is so far ahead from now on. */
  setClock(skewMs: number): void {
    this.#process.recorder.write(this.#process.process, { type: 'clock-set', skewMs })
  }

  /** Writes down all changes that the process is told from now on. */
  watch(): ScopesObserver {
    return new ScopesObserver(this.#scopes, this.#process)
  }

  /** Afterwards the process is closed and has written what it had to, but for what the history says. */
  async close(): Promise<void> {
    const { recorder, process } = this.#process
    try {
      await this.#scopes.close()
      recorder.write(process, { type: 'closed', lost: [] })
    } catch (error) {
      if (!(error instanceof LostCommitsError)) throw error
      recorder.write(process, { type: 'closed', lost: error.lost.map(({ key }) => documentKey(key)) })
    }
  }

  /** As if the process had been killed: nothing of it is written down any more. */
  abandon(): void {
    this.#process.recorder.write(this.#process.process, { type: 'killed' })
    this.#isGone = true
  }
}
