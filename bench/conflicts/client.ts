import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { json } from 'node:stream/consumers'

/** A browser of one visitor, with one connection that stays open. */
export class Client {
  /** What it sends, and keeps when the answer sets it anew. */
  cookie: string | undefined
  readonly #port: number
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })

  constructor(port: number, cookie?: string) {
    this.#port = port
    this.cookie = cookie
  }

  /** @throws when the answer is an error */
  async post(path: string): Promise<void> {
    const status = await this.tryPost(path)
    if (status >= 400) throw new Error(`${path} was answered by ${status}.`)
  }

  /** Resolves with the status. */
  async tryPost(path: string): Promise<number> {
    const response = await this.#send('POST', path)
    response.resume()
    await once(response, 'end')
    return response.statusCode ?? 0
  }

  async get(path: string): Promise<unknown> {
    return json(await this.#send('GET', path))
  }

  close(): void {
    this.#agent.destroy()
  }

  async #send(method: string, path: string): Promise<IncomingMessage> {
    const { cookie } = this
    const sent = request({
      host: '127.0.0.1',
      port: this.#port,
      method,
      path,
      agent: this.#agent,
      ...(cookie !== undefined && { headers: { cookie } }),
    })
    sent.end()
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    const [line] = response.headers['set-cookie'] ?? []
    if (line !== undefined) this.cookie = line.split(';', 1)[0]
    return response
  }
}
