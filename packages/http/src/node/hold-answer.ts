import type { ServerResponse } from 'node:http'
import { errorStatus } from '../error-status.ts'
import { answerAnew } from './answer-anew.ts'
import {
  type AnswerFunction,
  type AnswerFunctions,
  type AnswerMethod,
  functionsOf,
  refuse,
} from './answer-functions.ts'
import { coverHead } from './cover-head.ts'
import { headersSentError, writeAfterEndError } from './node-errors.ts'
import { PipedSources } from './piped-sources.ts'
import { stripAnswer } from './strip-answer.ts'

/** What the holder of an answer decides. */
export interface AnswerHolder {
  /** Asked once, when the head is about to leave with this status. Undefined: go on in the same tick. */
  beforeHeaders(status: number): Promise<void> | undefined
  /** Told when `beforeHeaders` rejected: the answer was dropped, and another one is to be written. */
  fail(error: unknown): void
}

/**
 * Afterwards the answer of `response` does not leave before `beforeHeaders` has settled, for frameworks that have no such
 * hook. Everything that Node and frameworks send ends in `writeHead`, `write`, `end` and `flushHeaders`: the first call asks;
 * while the answer is held, calls are queued, and then made as they came. Informational heads (1xx) are not held.
 *
 * A held response answers like one whose head is out: `headersSent` and, after `end`, `writableEnded` are true, headers
 * cannot be set, `write` gives false and `drain` follows. Only `finished`, which Node deprecates, comes true with the replay.
 *
 * To be called when there is something to hold the answer for, and not before: what is put on a response costs, see `loosen-shape.ts`. `sources`: what was piped into it before the call.
 */
export function holdAnswer(
  response: ServerResponse,
  holder: AnswerHolder,
  sources: PipedSources = new PipedSources(response),
): void {
  new HeldAnswer(response, holder, sources).install()
}

class HeldAnswer {
  readonly #response: ServerResponse
  readonly #holder: AnswerHolder
  /** The functions that were there before ours: Node's, or those of middleware outside of us. */
  readonly #lower: AnswerFunctions
  #state: 'untouched' | 'held' | 'released' | 'dropped' = 'untouched'
  /** The calls that wait, in order. */
  readonly #queue: { readonly method: AnswerMethod; readonly values: readonly unknown[] }[] = []
  #hasEnded = false
  /** A `write` was answered by false, so somebody waits for `drain`. */
  #owesDrain = false
  readonly #drainListeners = new Set<AnswerFunction>()
  readonly #sources: PipedSources
  /** Takes back that the response looks as if its head were out. */
  #uncover: () => void = () => {}

  constructor(response: ServerResponse, holder: AnswerHolder, sources: PipedSources) {
    this.#response = response
    this.#holder = holder
    this.#sources = sources
    const { writeHead, write, end, flushHeaders, on } = functionsOf(response)
    this.#lower = { writeHead, write, end, flushHeaders, on }
  }

  install(): void {
    const functions = functionsOf(this.#response)
    functions.writeHead = (...values) => this.#call('writeHead', values)
    functions.write = (...values) => this.#call('write', values)
    functions.end = (...values) => this.#call('end', values)
    functions.flushHeaders = (...values) => this.#call('flushHeaders', values)
  }

  #call(method: AnswerMethod, values: readonly unknown[]): unknown {
    switch (this.#state) {
      case 'untouched':
        return this.#ask(method, values)
      case 'held':
        return this.#hold(method, values)
      case 'released':
        return this.#pass(method, values)
      case 'dropped':
        // Somebody who holds our functions still sends the dropped answer, such as a compressor between us and the handler.
        refuse(values, writeAfterEndError())
        return method === 'write' ? true : this.#response
      default:
        return this.#state satisfies never
    }
  }

  #pass(method: AnswerMethod, values: readonly unknown[]): unknown {
    return Reflect.apply(this.#lower[method], this.#response, values)
  }

  #ask(method: AnswerMethod, values: readonly unknown[]): unknown {
    const response = this.#response
    const { statusCode } = response
    const settling = this.#holder.beforeHeaders(method === 'writeHead' ? Number(values[0]) : statusCode)
    if (settling === undefined) {
      this.#state = 'released'
      return this.#pass(method, values)
    }
    this.#state = 'held'
    const statusMessage = Object.hasOwn(response, 'statusMessage') ? response.statusMessage : undefined
    this.#uncover = coverHead(response, () => this.#state === 'held' && this.#hasEnded)
    // After the end nobody waits for a drain.
    if (method !== 'end') this.#overhearDrain()
    settling.then(
      () => this.#release(statusCode, statusMessage),
      (error: unknown) => this.#drop(error),
    )
    return this.#hold(method, values)
  }

  #hold(method: AnswerMethod, values: readonly unknown[]): unknown {
    if (method === 'writeHead' && this.#queue.length > 0) throw headersSentError('write')
    const isLate = this.#hasEnded && method !== 'flushHeaders'
    if (isLate) refuse(values, writeAfterEndError())
    else this.#queue.push({ method, values })
    switch (method) {
      case 'write':
        this.#owesDrain = true
        return false
      case 'end':
        this.#hasEnded = true
        return this.#response
      case 'writeHead':
        return this.#response
      case 'flushHeaders':
        return undefined
      default:
        return method satisfies never
    }
  }

  /** A compressor moves listeners for `drain` to its own stream, where our `drain` would not reach them. */
  #overhearDrain(): void {
    const functions = functionsOf(this.#response)
    const { on } = functions
    functions.on = (...values) => {
      const [event, listener] = values
      if (this.#state === 'held' && event === 'drain') this.#drainListeners.add(listener as AnswerFunction)
      return Reflect.apply(on, this.#response, values)
    }
  }

  #release(statusCode: number, statusMessage: string | undefined): void {
    const response = this.#response
    this.#uncover()
    this.#state = 'released'
    // What was set after the head should have left is not part of it.
    response.statusCode = statusCode
    if (Object.hasOwn(response, 'statusMessage')) response.statusMessage = statusMessage ?? ''
    let isFull = false
    try {
      for (const { method, values } of this.#queue.splice(0)) {
        const result = this.#pass(method, values)
        if (method === 'write') isFull = result === false
      }
    } catch (error) {
      // Node refuses a header, a status or a chunk only now: what the handler would have been thrown goes to its error page.
      if (response.headersSent) this.#holder.fail(error)
      else this.#drop(error)
      return
    }
    if (this.#owesDrain && !this.#hasEnded && !isFull) this.#drain()
  }

  #drain(): void {
    const reached = new Set<unknown>(this.#response.rawListeners('drain'))
    this.#response.emit('drain')
    for (const listener of this.#drainListeners) if (!reached.has(listener)) Reflect.apply(listener, this.#response, [])
  }

  #drop(error: unknown): void {
    const response = this.#response
    this.#uncover()
    this.#state = 'dropped'
    for (const { values } of this.#queue.splice(0)) refuse(values, error)
    const sources = this.#sources.now()
    // Destroyed at once they would take the response with them: `pipeline` destroys what it has piped together.
    for (const source of sources) source.unpipe(response)
    const destroy = (): void => {
      for (const source of sources) source.destroy()
    }
    if (response.closed) destroy()
    else response.once('close', destroy)
    stripAnswer(response, errorStatus(error))
    answerAnew(response, this.#lower, sources)
    this.#holder.fail(error)
  }
}
