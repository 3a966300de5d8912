import { type Place, type Reply, type RequestOptions, send } from './http-client.ts'

/** A browser as simple as it can be: it sends the cookies that it was given and has not been told to forget. */
export class Visitor {
  readonly #place: Place
  readonly #cookies = new Map<string, string>()

  constructor(place: Place) {
    this.#place = place
  }

  /** The Cookie header that it sends; undefined without cookies. */
  get cookie(): string | undefined {
    const pairs = [...this.#cookies].map(([name, value]) => `${name}=${value}`)
    return pairs.length === 0 ? undefined : pairs.join('; ')
  }

  /** The value of one cookie. */
  valueOf(name: string): string | undefined {
    return this.#cookies.get(name)
  }

  async get(path: string, options: RequestOptions = {}): Promise<Reply> {
    const reply = await send(this.#place, path, { cookie: this.cookie, ...options })
    for (const line of reply.setCookies) this.#keep(line)
    return reply
  }

  post(path: string, options: RequestOptions = {}): Promise<Reply> {
    return this.get(path, { method: 'POST', ...options })
  }

  #keep(line: string): void {
    const [pair = '', ...attributes] = line.split('; ')
    const [name = '', value = ''] = pair.split('=')
    if (attributes.includes('Max-Age=0')) this.#cookies.delete(name)
    else this.#cookies.set(name, value)
  }
}
