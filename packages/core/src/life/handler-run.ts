import { diagnostics } from '../diagnostics.ts'
import type { Delays } from './delays.ts'
import type { EndHandlers } from './end-handlers.ts'
import type { EndRecord } from './end-record.ts'

/** What a run works with. */
export interface HandlerRunParts {
  readonly record: EndRecord
  /** Names this process in claims. */
  readonly id: string
  readonly handlers: EndHandlers
  /** When the handlers of a run count as failed. */
  readonly timeouts: Delays
  /** When a run gives the next sign of life in the store. */
  readonly beats: Delays
}

/** How a run of the handlers ended. `overtaken`: the end is delivered by somebody else. */
export type HandlerOutcome =
  { readonly type: 'succeeded' } | { readonly type: 'failed'; readonly error: unknown } | { readonly type: 'overtaken' }

/** How long handlers may take, in milliseconds: then they count as failed. */
export const handlerTimeoutMs = 60_000

/** One run of the handlers for one end, with signs of life in the store while it lasts. */
export class HandlerRun {
  readonly #parts: HandlerRunParts
  #abort: AbortController | undefined
  /** Why the handlers are to stop. */
  #reason: DOMException | undefined
  #reject: (reason: unknown) => void = () => {}
  #cancelBeat: () => void = () => {}
  #beating: Promise<void> | undefined
  #isDone = false
  #isOvertaken = false

  constructor(parts: HandlerRunParts) {
    this.#parts = parts
  }

  /** Aborts when the handlers are to stop. Made when somebody asks for it: most handlers are done at once. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController()
    if (this.#reason) this.#abort.abort(this.#reason)
    return this.#abort.signal
  }

  async run(): Promise<HandlerOutcome> {
    const { handlers, record, timeouts } = this.#parts
    const cancelTimeout = timeouts.after(() => this.#stop(`The handlers took longer than ${handlerTimeoutMs} ms.`))
    this.#planBeat()
    try {
      // Whether the handlers stop or not (lease protocol N6).
      const stopped = new Promise<never>((_resolve, reject) => (this.#reject = reject))
      await Promise.race([handlers.run(record.scopeKey, record.marker, this), stopped])
      return { type: this.#isOvertaken ? 'overtaken' : 'succeeded' }
    } catch (error) {
      return this.#isOvertaken ? { type: 'overtaken' } : { type: 'failed', error }
    } finally {
      this.#isDone = true
      cancelTimeout()
      this.#cancelBeat()
      // The last beat is under way: what follows is written after it.
      await this.#beating
    }
  }

  #stop(message: string): void {
    this.#reason = new DOMException(message, 'TimeoutError')
    this.#abort?.abort(this.#reason)
    this.#reject(this.#reason)
  }

  #planBeat(): void {
    if (this.#isDone) return
    this.#cancelBeat = this.#parts.beats.after(() => {
      this.#beating = this.#beat()
    })
  }

  async #beat(): Promise<void> {
    const { record, id } = this.#parts
    const { delivery } = record.marker
    const claim = delivery.type === 'pending' ? delivery.claim : undefined
    if (delivery.type === 'delivered' || claim === undefined) return
    const beat = claim.beat + 1
    try {
      const isHeld = await record.change({
        next: marker => ({ ...marker, delivery: { ...delivery, claim: { ...claim, beat } } }),
        isDone: ({ delivery: found }) => found.type === 'pending' && found.claim?.id === id && found.claim.beat >= beat,
        isAllowed: ({ delivery: found }) => found.type === 'pending' && found.claim?.id === id,
      })
      if (isHeld) return this.#planBeat()
      this.#isOvertaken = true
      this.#stop('Another process delivers this end.')
    } catch (error) {
      // The next beat may come through; if none does, another process will deliver.
      diagnostics.backgroundFailed.publish({ documentKey: record.scopeKey, what: 'delivery', error })
      this.#planBeat()
    }
  }
}
