import { type Answer, LoadClient, type Question } from './load-client.ts'

/**
 * A browser, as far as the shop can tell: it keeps cookies and follows no redirect. Each request has a connection of its
 * own, so any worker may answer it.
 */
export class Visitor {
  readonly #url: URL
  readonly #cookies: Map<string, string>

  constructor(url: URL, cookies: ReadonlyMap<string, string> = new Map()) {
    this.#url = url
    this.#cookies = new Map(cookies)
  }

  /** By name. */
  get cookies(): ReadonlyMap<string, string> {
    return this.#cookies
  }

  get(path: string, options: Pick<Question, 'accept'> = {}): Promise<Answer> {
    return this.#ask({ ...options, method: 'GET', path })
  }

  /** Sends a form. */
  post(
    path: string,
    form: Readonly<Record<string, string>> = {},
    options: Pick<Question, 'accept'> = {},
  ): Promise<Answer> {
    return this.#ask({ ...options, path, form })
  }

  async #ask(question: Question): Promise<Answer> {
    const client = new LoadClient(this.#url)
    try {
      const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const answer = await client.ask({ ...question, ...(cookie && { cookie }) })
      for (const [name, value] of answer.cookies) {
        if (value === '') this.#cookies.delete(name)
        else this.#cookies.set(name, value)
      }
      return answer
    } finally {
      client.close()
    }
  }
}
