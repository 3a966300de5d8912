import type { ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { type AnswerFunctions, functionsOf, refuse } from './answer-functions.ts'
import { writeAfterEndError } from './node-errors.ts'

/**
 * Makes a response ready for another answer after one was dropped. Functions that middleware had put over the held ones are
 * taken off: a compressor that has seen the end of the dropped answer would swallow the end of the next.
 *
 * Whoever wrote the dropped answer chunk by chunk may go on: until the next answer begins, by `end`, `writeHead` or a new
 * pipe, its bare `write` calls are swallowed, else they would open a 200 with the chunks of the answer that failed. So are
 * those that come after the next answer has ended.
 */
export function answerAnew(response: ServerResponse, lower: AnswerFunctions, dropped: ReadonlySet<Readable>): void {
  const functions = functionsOf(response)
  let hasBegun = false
  let hasEnded = false
  functions.on = lower.on
  response.on('pipe', source => {
    if (!dropped.has(source)) hasBegun = true
  })
  functions.writeHead = (...values) => {
    hasBegun = true
    return Reflect.apply(lower.writeHead, response, values)
  }
  functions.flushHeaders = () => (hasBegun && !hasEnded ? Reflect.apply(lower.flushHeaders, response, []) : undefined)
  functions.write = (...values) => {
    if (hasBegun && !hasEnded) return Reflect.apply(lower.write, response, values)
    refuse(values, writeAfterEndError())
    return true
  }
  functions.end = (...values) => {
    if (hasEnded) {
      refuse(values, writeAfterEndError())
      return response
    }
    hasBegun = true
    // http2's compatible response writes the last chunk by `write`.
    const result: unknown = Reflect.apply(lower.end, response, values)
    hasEnded = true
    return result
  }
}
