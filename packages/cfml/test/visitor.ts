import type { Application, CfmlRequest } from '../src/index.ts'

/** What a visitor gets. */
export interface Answer {
  readonly status: number
  readonly setCookies: readonly string[]
}

/** A browser that keeps cookies, and asks whatever node it likes, without a network. */
export class Visitor {
  readonly #cookies = new Map<string, string>()

  /** The Cookie header that it sends; undefined without cookies. */
  get cookie(): string | undefined {
    const pairs = [...this.#cookies].map(([name, value]) => `${name}=${value}`)
    return pairs.length === 0 ? undefined : pairs.join('; ')
  }

  /** The value of one cookie. */
  valueOf(name: string): string | undefined {
    return this.#cookies.get(name)
  }

  /** It is given a cookie by somebody. */
  keep(name: string, value: string): void {
    this.#cookies.set(name, value)
  }

  /** One request, answered with this status when the handler has returned; a handler that throws is answered with 500. */
  async ask<S extends object, C extends object, A extends object, V extends object>(
    application: Application<S, C, A, V>,
    handler: (request: CfmlRequest<S, C, A, V>) => unknown,
    status = 200,
  ): Promise<Answer> {
    const request = application.begin(this.cookie, { isSecure: () => false })
    try {
      await request.begin()
      await handler(request)
      await request.beforeHeaders(status)
    } catch (error) {
      await request.beforeHeaders(500)
      throw error
    } finally {
      for (const line of request.setCookies()) this.#take(line)
      await request.close()
    }
    return { status, setCookies: request.setCookies() }
  }

  #take(line: string): void {
    const [pair = '', ...attributes] = line.split('; ')
    const [name = '', value = ''] = pair.split('=')
    if (attributes.includes('Max-Age=0')) this.#cookies.delete(name)
    else this.#cookies.set(name, value)
  }
}
