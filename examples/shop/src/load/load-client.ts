import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'

/** What the shop answered. */
export interface Answer {
  readonly status: number
  readonly body: string
  /** Where a redirect leads to. */
  readonly location: string | undefined
  /** The process that answered; undefined when it is no shop. */
  readonly answeredBy: string | undefined
  /** Cookies that the answer sets, by name; an empty one is cleared. */
  readonly cookies: ReadonlyMap<string, string>
  readonly milliseconds: number
}

/** What is asked. */
export interface Question {
  readonly method?: 'GET' | 'POST'
  readonly path: string
  readonly cookie?: string | undefined
  /** What kind of answer is wanted; default: JSON where there is a choice. */
  readonly accept?: string
  /** Sent as a form. */
  readonly form?: Readonly<Record<string, string>>
  /** Milliseconds to wait for the answer. */
  readonly timeoutMs?: number
}

/** How a client asks. */
export interface LoadClientOptions {
  /**
   * How long to wait for the shop to say that it has read a session, in milliseconds: a proxy may keep that to itself.
   * Default: as long as it takes.
   */
  readonly processingMs?: number | undefined
}

/** One client of the shop, with one connection of its own that stays open: in a cluster it stays with one worker. */
export class LoadClient {
  readonly #url: URL
  readonly #processingMs: number | undefined
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })

  constructor(url: URL, { processingMs }: LoadClientOptions = {}) {
    this.#url = url
    this.#processingMs = processingMs
  }

  /** Rejects when there is no answer in time. */
  async ask({
    method = 'POST',
    path,
    cookie,
    form,
    accept = 'application/json',
    timeoutMs = 30_000,
  }: Question): Promise<Answer> {
    const body = new URLSearchParams(form).toString()
    const startedAt = performance.now()
    const sent = request(new URL(path, this.#url), {
      method,
      agent: this.#agent,
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        accept,
        ...(cookie !== undefined && { cookie }),
        ...(form && { 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(body) }),
      },
    })
    sent.end(form && body)
    return answerTo(sent, startedAt)
  }

  /**
   * Begins to send a text and resolves when the shop has read the session, with the rest to be done.
   * @returns sends the rest, and resolves with the answer
   */
  async askSlowly({ path, cookie }: Question, body: string): Promise<() => Promise<Answer>> {
    const startedAt = performance.now()
    const sent = request(new URL(path, this.#url), {
      method: 'POST',
      agent: this.#agent,
      headers: { 'content-type': 'text/plain', ...(cookie !== undefined && { cookie }) },
    })
    const answer = answerTo(sent, startedAt)
    sent.write(body.slice(0, 1))
    const read = [once(sent, 'information'), answer]
    const given = this.#processingMs
    await Promise.race(given === undefined ? read : [...read, pause(given, undefined, { ref: false })])
    return () => {
      sent.end(body.slice(1))
      return answer
    }
  }

  close(): void {
    this.#agent.destroy()
  }
}

async function answerTo(sent: ReturnType<typeof request>, startedAt: number): Promise<Answer> {
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  const body = await text(response)
  return {
    status: response.statusCode ?? 0,
    body,
    location: response.headers.location,
    answeredBy: response.headers['x-answered-by']?.toString(),
    cookies: new Map((response.headers['set-cookie'] ?? []).map(cookieIn)),
    milliseconds: performance.now() - startedAt,
  }
}

function cookieIn(line: string): [string, string] {
  const match = /^([^=]*)=([^;]*)/.exec(line)
  return [match?.[1] ?? '', match?.[2] ?? '']
}
