import { documentKey } from '@scopes/core'
import type { CheckedCommit, CheckedScope, WriteOptions } from './checked-engine.ts'
import type { LockHeld, Sighting } from './history.ts'
import { seenIn, writeTo, type Ledger, type LedgerWrite } from './ledger.ts'
import { operation } from './recorded-operation.ts'
import type { RecordedProcess } from './recorded-process.ts'
import { toldOf } from './told.ts'

/** A write and how it is done. */
export interface RecordedWrite extends LedgerWrite {
  /** Does it in another way than by plain changes, and has a name for that. */
  readonly by?: { readonly name: string; readonly write: (draft: Ledger, write: LedgerWrite) => void } | undefined
  readonly options?: WriteOptions | undefined
  /** The lock in whose body it is done. */
  readonly under?: LockHeld | undefined
}

/** A handle, with everything that is done with it written down. Failures are in the history, not thrown. */
export class RecordedScope {
  readonly #scope: CheckedScope
  readonly #handle: string
  readonly #process: RecordedProcess

  constructor(scope: CheckedScope, handle: string, process: RecordedProcess) {
    this.#scope = scope
    this.#handle = handle
    this.#process = process
  }

  get id(): string {
    return this.#scope.key.id
  }

  get life(): string | undefined {
    return this.#scope.life
  }

  /** What the handle shows. */
  get sighting(): Sighting {
    const { life, version, isStored, value } = this.#scope
    const isOver = life !== undefined && !isStored
    return { life, version, isOver, isExact: !this.#process.isBehind, ledger: seenIn(value) }
  }

  /** Writes down what the handle shows; `isSettled`: it must be the final state. */
  read(isSettled: boolean = false): void {
    const { recorder, process } = this.#process
    const { sighting } = this
    recorder.write(process, { type: 'read', handle: this.#handle, scope: this.#key, sighting, isSettled })
  }

  /** Writes by a recipe. @returns whether it succeeded */
  update(write: RecordedWrite): Promise<boolean> {
    const { options } = write
    const how = `update${options?.onConflict ? ` (${options.onConflict})` : ''}`
    return this.#write(write, how, () => this.#scope.update(draft => writeIn(draft, write), options))
  }

  /** Writes by a draft that is committed after `work`. @returns whether it succeeded */
  commitDraft(write: RecordedWrite, work: () => Promise<void>): Promise<boolean> {
    const { onConflict, ...limits } = write.options ?? {}
    const how = `draft${onConflict === 'fail' ? ' (fail)' : ''}`
    return this.#write(write, how, async () => {
      const draft = this.#scope.draft()
      writeIn(draft.value, write)
      await work()
      return draft.commit({ ...limits, ...(onConflict === 'fail' && { onConflict }) })
    })
  }

  async touch(): Promise<void> {
    await operation(this.#process, { ...this.#place, action: { type: 'touch' } }, async () => {
      return { value: await this.#scope.touch(), told: {} }
    })
  }

  /** @returns whether the scope was ended by this */
  async end(): Promise<boolean> {
    const place = this.#place
    const ended = await operation(this.#process, { ...place, action: { type: 'end' } }, async () => {
      await this.#scope.end('done')
      // Nothing stored: nothing was ended, although the handle may know a life by now.
      return { value: true, told: { life: place.life ?? (this.#scope.isStored ? undefined : this.#scope.life) } }
    })
    return ended ?? false
  }

  /** The handle under the new id, or undefined when the rotation failed. */
  async rotate(): Promise<RecordedScope | undefined> {
    const { recorder, process } = this.#process
    return operation(this.#process, { ...this.#place, action: { type: 'rotate' } }, async () => {
      const next = await this.#scope.rotate()
      const value = new RecordedScope(next, recorder.name(process), this.#process)
      const successor = { scope: documentKey(next.key), life: next.life ?? '' }
      return { value, told: { life: this.#scope.life, successor } }
    })
  }

  /** Writes down each value that is shown. @returns how to stop */
  watchValues(): () => void {
    const { recorder, process } = this.#process
    const observer = this.#watching('values')
    return this.#unwatched(observer, finish =>
      this.#scope.value$.subscribe({
        next: value => {
          const { life, version, isOver, isExact } = this.sighting
          // After the end there is only the initial value, which is no state of the life.
          const change = { type: 'value' as const, life, version, isExact, ledger: isOver ? undefined : seenIn(value) }
          recorder.write(process, { type: 'told', observer, scope: this.#key, change })
        },
        error: () => finish('failed'),
        complete: () => finish('completed'),
      }),
    )
  }

  /** Writes down each change that is told. @returns how to stop */
  watchChanges(): () => void {
    const { recorder, process } = this.#process
    const observer = this.#watching('changes')
    return this.#unwatched(observer, finish =>
      this.#scope.changes$.subscribe({
        next: change => {
          recorder.write(process, { type: 'told', observer, scope: this.#key, change: toldOf(change) })
        },
        error: () => finish('failed'),
        complete: () => finish('completed'),
      }),
    )
  }

  get #key(): string {
    return documentKey(this.#scope.key)
  }

  get #place(): { readonly handle: string; readonly scope: string; readonly life: string | undefined } {
    return { handle: this.#handle, scope: this.#key, life: this.#scope.life }
  }

  async #write(write: RecordedWrite, how: string, run: () => Promise<CheckedCommit>): Promise<boolean> {
    const { mark, traces, clears, padding, by, under } = write
    const named = by ? `${how} by ${by.name}` : how
    const action = { type: 'write', write: { mark, traces, clears, padding }, how: named, under } as const
    const written = await operation(this.#process, { ...this.#place, action }, async () => {
      const { version, commitId } = await run()
      return { value: true, told: { life: this.#scope.life, version, commitId } }
    })
    return written ?? false
  }

  #watching(what: 'values' | 'changes'): string {
    const { recorder, process } = this.#process
    const observer = recorder.name('observer')
    const { sighting } = this
    recorder.write(process, { type: 'watching', observer, what, scope: this.#key, sighting })
    return observer
  }

  #unwatched(
    observer: string,
    subscribe: (finish: (why: 'completed' | 'failed') => void) => { unsubscribe(): void },
  ): () => void {
    const { recorder, process } = this.#process
    let isOver = false
    const finish = (why: 'stopped' | 'completed' | 'failed'): void => {
      if (!isOver) recorder.write(process, { type: 'unwatched', observer, why })
      isOver = true
    }
    const subscription = subscribe(finish)
    return () => {
      subscription.unsubscribe()
      finish('stopped')
    }
  }
}

function writeIn(draft: Ledger, write: RecordedWrite): void {
  if (write.by) write.by.write(draft, write)
  else writeTo(draft, write)
}
