import type { Application, CfmlRequest } from '@scopes/cfml'

/** What is in a scope of these tests. */
export type Variables = Record<string, unknown>

/** An application of these tests. */
export type Shop = Application<Variables, Variables, Variables, Variables>

/** A request of it. */
export type ShopRequest = CfmlRequest<Variables, Variables, Variables, Variables>

/** A request that was answered. */
export interface Answer<T> {
  /** What the handler has returned. */
  readonly result: T
  readonly setCookies: readonly string[]
}

/** A browser with cookies, which asks whatever node it likes. */
export class Visitor {
  readonly #cookies = new Map<string, string>()

  /** The id of his session; undefined: he was told none. */
  get cfid(): string | undefined {
    return this.#cookies.get('cfid')
  }

  valueOf(name: string): string | undefined {
    return this.#cookies.get(name)
  }

  /** He is given a cookie by somebody; undefined takes it away. */
  keep(name: string, value: string | undefined): void {
    if (value === undefined) this.#cookies.delete(name)
    else this.#cookies.set(name, value)
  }

  /** A request that is answered with 200 when the handler has returned, and with 500 when it throws. */
  async ask<T>(
    shop: Shop,
    handler: (request: ShopRequest) => T | Promise<T>,
    cookie?: string,
    urlIds: readonly string[] = [],
  ): Promise<Answer<T>> {
    const request = shop.begin(cookie ?? this.#header, { isSecure: () => false, ids: () => urlIds })
    try {
      await request.begin()
      const result = await handler(request)
      await request.beforeHeaders(200)
      return { result, setCookies: this.#taken(request) }
    } catch (error) {
      await request.beforeHeaders(500)
      this.#taken(request)
      throw error
    } finally {
      await request.close()
    }
  }

  get #header(): string | undefined {
    const pairs = [...this.#cookies].map(([name, value]) => `${name}=${value}`)
    return pairs.length === 0 ? undefined : pairs.join('; ')
  }

  #taken(request: ShopRequest): readonly string[] {
    const lines = request.setCookies()
    for (const line of lines) {
      const [pair = '', ...attributes] = line.split('; ')
      const [name = '', value = ''] = pair.split('=')
      if (attributes.includes('Max-Age=0')) this.#cookies.delete(name)
      else this.#cookies.set(name, value)
    }
    return lines
  }
}
