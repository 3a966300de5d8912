/** The cookies of one browser, as far as Set-Cookie lines without a path or a domain can say. */
export class CookieJar {
  readonly #cookies = new Map<string, string>()

  /** The Cookie header; undefined without cookies. */
  get header(): string | undefined {
    const pairs = [...this.#cookies].map(([name, value]) => `${name}=${value}`)
    return pairs.length === 0 ? undefined : pairs.join('; ')
  }

  valueOf(name: string): string | undefined {
    return this.#cookies.get(name)
  }

  /** An answer with these Set-Cookie lines has arrived. */
  take(lines: readonly string[]): void {
    for (const line of lines) {
      const [pair = '', ...attributes] = line.split('; ')
      const [name = '', value = ''] = pair.split('=')
      if (attributes.includes('Max-Age=0')) this.#cookies.delete(name)
      else this.#cookies.set(name, value)
    }
  }
}
