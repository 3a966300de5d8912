import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { InvalidArgumentError } from '@scopes/core'

/** Whether somebody may look. `enters`: he came with the token in the address, and gets a cookie in its place. */
export type Access =
  | { readonly type: 'allowed' }
  | { readonly type: 'enters'; readonly cookie: string }
  | { readonly type: 'refused'; readonly status: 401 | 403; readonly reason: string }

const cookieName = 'scopes-inspector'
const shortestToken = 16

/**
 * Who may look at the scopes. Without a token: who is on this machine, and names it as such, so that no page of another
 * site reaches it by a name that was made to lead here. With one: who has it, from wherever he comes.
 */
export class AccessRule {
  readonly #token: string | undefined
  readonly #path: string

  /** @throws InvalidArgumentError for a token that could be guessed. */
  constructor(token: string | undefined, path: string) {
    if (token !== undefined && (typeof token !== 'string' || token.length < shortestToken)) {
      throw new InvalidArgumentError(
        `The token of the inspector must be a text of at least ${shortestToken} characters.`,
      )
    }
    this.#token = token
    this.#path = path
  }

  judge(request: IncomingMessage, query: URLSearchParams): Access {
    // What a page of another site asks for is not answered, also where its browser would not show it the answer.
    if (request.headers['sec-fetch-site'] === 'cross-site' && request.headers['sec-fetch-mode'] !== 'navigate') {
      return refused('This was asked for by a page of another site.')
    }
    return this.#token === undefined ? judgeNeighbour(request) : this.#judgeBearer(this.#token, request, query)
  }

  #judgeBearer(token: string, request: IncomingMessage, query: URLSearchParams): Access {
    const asked = query.get('token')
    const pass = passOf(token)
    if (asked !== null) {
      if (!isSame(asked, token)) return unknown('This is not the token.')
      const isSecure = 'encrypted' in request.socket || request.headers['x-forwarded-proto'] === 'https'
      const cookie = `${cookieName}=${pass}; Path=${this.#path}; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`
      return { type: 'enters', cookie }
    }
    const bearer = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1]
    if (bearer !== undefined && isSame(bearer, token)) return { type: 'allowed' }
    const held = cookiesOf(request).some(cookie => isSame(cookie, pass))
    return held ? { type: 'allowed' } : unknown('The inspector of these scopes asks for its token.')
  }
}

function judgeNeighbour({ socket, headers }: IncomingMessage): Access {
  if (!isLoopback(socket.remoteAddress ?? '')) {
    return refused('Without a token the inspector answers only on its own machine.')
  }
  if (['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'].some(name => name in headers)) {
    return refused('This came through a proxy: without a token the inspector cannot know from where.')
  }
  return isLocalHost(headers.host ?? '')
    ? { type: 'allowed' }
    : refused('Without a token the inspector answers only as localhost, 127.0.0.1 or [::1].')
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(address)
}

function isLocalHost(host: string): boolean {
  return /^((?:[\w-]+\.)*localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i.test(host)
}

/** What the cookie holds: whoever reads it cannot tell the token. */
function passOf(token: string): string {
  return createHmac('sha256', token).update(cookieName).digest('hex')
}

function cookiesOf({ headers }: IncomingMessage): readonly string[] {
  return (headers.cookie ?? '').split(';').flatMap(pair => {
    const [name, value] = pair.trim().split('=')
    return name === cookieName && value !== undefined ? [value] : []
  })
}

/** Compared by digests: equal in length, and how much of it was right does not show in the time it takes. */
function isSame(one: string, other: string): boolean {
  return timingSafeEqual(createHash('sha256').update(one).digest(), createHash('sha256').update(other).digest())
}

function refused(reason: string): Access {
  return { type: 'refused', status: 403, reason }
}

function unknown(reason: string): Access {
  return { type: 'refused', status: 401, reason }
}
