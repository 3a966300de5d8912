import type { Clock } from '../clock.ts'
import { diagnostics } from '../diagnostics.ts'
import type { EndHandlers } from './end-handlers.ts'
import type { EndRecord } from './end-record.ts'

/** What a run works with. */
export interface HandlerRunParts {
  readonly clock: Clock
  readonly record: EndRecord
  /** Names this process in claims. */
  readonly id: string
  readonly handlers: EndHandlers
}

/** How a run of the handlers ended. `overtaken`: the end is delivered by somebody else. */
export type HandlerOutcome =
  { readonly type: 'succeeded' } | { readonly type: 'failed'; readonly error: unknown } | { readonly type: 'overtaken' }

/** How long handlers may take, in milliseconds: then they count as failed. */
const handlerTimeoutMs = 60_000

/** One run of the handlers for one end, with signs of life in the store while it lasts. */
export class HandlerRun {
  readonly #parts: HandlerRunParts
  /** Ends the handlers. */
  readonly #abort = new AbortController()
  readonly #done = new AbortController()
  #isOvertaken = false

  constructor(parts: HandlerRunParts) {
    this.#parts = parts
  }

  async run(): Promise<HandlerOutcome> {
    const { handlers, record, clock } = this.#parts
    const timedOut = clock.sleep(handlerTimeoutMs, this.#done.signal, { isBackground: true }).then(() => {
      if (!this.#done.signal.aborted) this.#stop(`The handlers took longer than ${handlerTimeoutMs} ms.`)
    })
    const beating = this.#beat()
    try {
      await Promise.race([handlers.run(record.scopeKey, record.marker, this.#abort.signal), this.#aborted()])
      return { type: this.#isOvertaken ? 'overtaken' : 'succeeded' }
    } catch (error) {
      return this.#isOvertaken ? { type: 'overtaken' } : { type: 'failed', error }
    } finally {
      this.#done.abort()
      // The last beat is under way: what follows is written after it.
      await Promise.all([beating, timedOut])
    }
  }

  /** Rejects when the handlers are to stop, whether they do or not (lease protocol N6). */
  #aborted(): Promise<never> {
    const { signal } = this.#abort
    return new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    })
  }

  #stop(message: string): void {
    this.#abort.abort(new DOMException(message, 'TimeoutError'))
  }

  async #beat(): Promise<void> {
    const { clock, record, id } = this.#parts
    const { signal } = this.#done
    for (;;) {
      const { delivery } = record.marker
      const claim = delivery.type === 'pending' ? delivery.claim : undefined
      if (delivery.type === 'delivered' || claim === undefined) return
      await clock.sleep(claim.leaseMs / 3, signal, { isBackground: true })
      if (signal.aborted) return
      const beat = claim.beat + 1
      try {
        const isHeld = await record.change({
          next: marker => ({ ...marker, delivery: { ...delivery, claim: { ...claim, beat } } }),
          isDone: ({ delivery: found }) =>
            found.type === 'pending' && found.claim?.id === id && found.claim.beat >= beat,
          isAllowed: ({ delivery: found }) => found.type === 'pending' && found.claim?.id === id,
        })
        if (isHeld) continue
        this.#isOvertaken = true
        return this.#stop('Another process delivers this end.')
      } catch (error) {
        // The next beat may come through; if none does, another process will deliver.
        diagnostics.backgroundFailed.publish({ documentKey: record.scopeKey, what: 'delivery', error })
      }
    }
  }
}
