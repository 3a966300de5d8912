import type { FastifyReply } from 'fastify'
import { isAnswerHeader } from './answer-header.ts'
import { dropBody } from './drop-body.ts'

/** What a reply said when it began to wait. */
interface HeldReply {
  readonly status: number
  readonly headers: ReturnType<FastifyReply['getHeaders']>
  readonly payload: unknown
  isOverwritten: boolean
}

/**
 * Answers of Fastify that wait for their commits. Fastify takes an answer for sent when its head is out, and not before: a handler
 * that answers twice, or throws after its answer, would change what waits. The first answer stands, as it does where nothing waits.
 */
export class HeldReplies {
  readonly #held = new WeakMap<FastifyReply, HeldReply>()

  /** Whether the reply waits already: then this is another answer, of which Fastify has warned, and it has to be left out; its source is closed. */
  refuses(reply: FastifyReply, payload: unknown): boolean {
    const held = this.#held.get(reply)
    if (held === undefined) return false
    held.isOverwritten = true
    if (payload !== held.payload) dropBody(bodyOf(payload))
    return true
  }

  /** Resolves when `stored` does, and the reply is what it is now. Rejects as it does; nothing of the answer is left then. */
  async hold(reply: FastifyReply, payload: unknown, stored: Promise<void>): Promise<void> {
    const held: HeldReply = { status: reply.statusCode, headers: reply.getHeaders(), payload, isOverwritten: false }
    this.#held.set(reply, held)
    try {
      await stored
      if (held.isOverwritten) restore(reply, held)
    } catch (error) {
      dropAnswer(reply, payload)
      throw error
    } finally {
      this.#held.delete(reply)
    }
  }
}

function restore(reply: FastifyReply, { status, headers }: HeldReply): void {
  reply.code(status)
  for (const name of Object.keys(reply.getHeaders())) if (!(name in headers)) reply.removeHeader(name)
  for (const [name, value] of Object.entries(headers)) {
    // Set again, a cookie would be there twice.
    if (name !== 'set-cookie' && reply.getHeader(name) !== value) reply.header(name, value)
  }
}

function dropAnswer(reply: FastifyReply, payload: unknown): void {
  for (const name of Object.keys(reply.getHeaders())) if (isAnswerHeader(name)) reply.removeHeader(name)
  // Fastify destroys no body that a hook has refused.
  dropBody(bodyOf(payload))
}

function bodyOf(payload: unknown): unknown {
  return payload instanceof Response ? payload.body : payload
}
