import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Clock, type DocumentStore, InvalidArgumentError, type Scopes, systemClock } from '@scopes/core'
import { AccessRule } from './access.ts'
import { type Answer, redirect, send } from './answer.ts'
import { Api } from './api.ts'
import { tellBrowser } from './event-response.ts'
import { Inspection } from './inspection.ts'
import { PageFiles } from './page-files.ts'
import { refusalPage } from './refusal-page.ts'

/** Options of `inspector`. */
export interface InspectorOptions {
  /** What is looked at. It stays the caller's: it is neither opened nor closed here, and nothing is written to it. */
  readonly store: DocumentStore
  /** The scopes of this process on the same store: their conflicts, their reading of the feed and their commits are shown too. */
  readonly scopes?: Scopes | undefined
  /** Under which path it answers, such as `/inspector`; default: every path. */
  readonly path?: string | undefined
  /** Names the store on the page; default: the application. */
  readonly name?: string | undefined
  /**
   * Whoever has it may look from anywhere: as `?token=` in the first address, which sets a cookie, or as a bearer. At least 16
   * characters. Without one only this machine may look.
   */
  readonly token?: string | undefined
  /** After nobody has looked for so long, nothing is read any more. In milliseconds; default 30,000. */
  readonly lingerMs?: number | undefined
  readonly clock?: Clock | undefined
}

/** Answers requests for the page of the inspector, in Express, Connect, or as a listener of Node. */
export interface Inspector {
  /** Requests for other paths are handed on to `next`, or answered with 404 where there is none. */
  (request: IncomingMessage, response: ServerResponse, next?: (error?: unknown) => void): void
  /** Afterwards nothing is read, and every page has been let go: a server that closes waits for none of them. */
  close(): void
}

/**
 * A web page that shows all scopes of a store while they change, each with its timeline and its states. It only reads. Nothing
 * is read from the store before somebody looks.
 *
 * ```ts
 * app.use(inspector({ store, scopes, path: '/inspector' }))
 * ```
 * @throws InvalidArgumentError for an option that is not allowed.
 */
export function inspector(options: InspectorOptions): Inspector {
  const serving = new Serving(options)
  const handle = (request: IncomingMessage, response: ServerResponse, next?: (error?: unknown) => void): void => {
    serving.handle(request, response, next).catch((error: unknown) => {
      if (next) next(error)
      else response.destroy()
    })
  }
  return Object.assign(handle, { close: () => serving.close() })
}

class Serving {
  readonly #path: string
  readonly #rule: AccessRule
  readonly #files = new PageFiles()
  readonly #api: Api
  readonly #begin: () => Inspection
  readonly #lingerMs: number
  readonly #clock: Clock
  readonly #streams = new Set<ServerResponse>()
  /** While somebody looks, and a little longer. */
  #inspection: Inspection | undefined
  #looking = 0
  #lingering: AbortController | undefined
  #isClosed = false

  constructor({ store, scopes, path = '', name, token, lingerMs = 30_000, clock = systemClock }: InspectorOptions) {
    if (typeof store?.load !== 'function') {
      throw new InvalidArgumentError('store must be the DocumentStore whose scopes are to be looked at.')
    }
    if (!/^(\/[\w.~-]+)*\/?$/.test(path)) {
      throw new InvalidArgumentError(`path is ${JSON.stringify(path)}; it must be like "/inspector".`)
    }
    this.#path = path.replace(/\/$/, '')
    this.#rule = new AccessRule(token, this.#path || '/')
    this.#api = new Api(store)
    this.#begin = () => new Inspection({ store, name: name ?? scopes?.application ?? 'scopes', scopes, clock })
    this.#lingerMs = lingerMs
    this.#clock = clock
  }

  async handle(
    request: IncomingMessage,
    response: ServerResponse,
    next: ((error?: unknown) => void) | undefined,
  ): Promise<void> {
    const { pathname, searchParams } = addressOf(request)
    const isOurs = pathname === this.#path || pathname.startsWith(`${this.#path}/`)
    if (!isOurs) return next ? next() : send(response, notFound)
    const access = this.#rule.judge(request, searchParams)
    if (access.type === 'refused') return send(response, refusalPage(access.status, access.reason))
    if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, onlyReads)
    // A token is not left in the address, where the history and logs would keep it.
    if (access.type === 'enters') return send(response, redirect(`${this.#path}/`, { 'set-cookie': access.cookie }))
    if (pathname === this.#path && this.#path !== '') return send(response, redirect(`${this.#path}/`))
    const name = pathname.slice(this.#path.length + 1)
    if (name === 'api/stream') return this.#stream(response)
    send(response, (await this.#find(name, searchParams)) ?? notFound)
  }

  close(): void {
    this.#isClosed = true
    this.#lingering?.abort()
    this.#inspection?.close()
    this.#inspection = undefined
    for (const response of this.#streams) response.end()
  }

  async #find(name: string, query: URLSearchParams): Promise<Answer | undefined> {
    if (!name.startsWith('api/')) return this.#files.find(name === '' ? 'index.html' : name)
    if (this.#isClosed) return closed
    const inspection = this.#look()
    try {
      return await this.#api.answer(name.slice('api/'.length), query, inspection)
    } finally {
      this.#leave()
    }
  }

  #stream(response: ServerResponse): void {
    if (this.#isClosed) return send(response, closed)
    this.#streams.add(response)
    tellBrowser(response, this.#look(), () => {
      this.#streams.delete(response)
      this.#leave()
    })
  }

  #look(): Inspection {
    this.#looking++
    this.#lingering?.abort()
    this.#lingering = undefined
    return (this.#inspection ??= this.#begin())
  }

  #leave(): void {
    this.#looking--
    if (this.#looking > 0 || this.#isClosed) return
    const lingering = (this.#lingering = new AbortController())
    const { signal } = lingering
    void this.#clock.sleep(this.#lingerMs, signal, { isBackground: true }).then(() => {
      if (signal.aborted) return
      this.#inspection?.close()
      this.#inspection = undefined
    })
  }
}

const notFound: Answer = { status: 404, type: 'text/plain', body: 'There is nothing here.\n' }
const closed: Answer = { status: 503, type: 'text/plain', body: 'The inspector is closed.\n' }
const onlyReads: Answer = {
  status: 405,
  type: 'text/plain',
  body: 'The inspector only reads.\n',
  headers: { allow: 'GET, HEAD' },
}

/**
 * What was asked for, before a framework took the path that it is mounted under. As it stands: a path that only leads here when
 * its dots are followed would pass by what somebody has put before this one.
 */
function addressOf(request: IncomingMessage): { readonly pathname: string; readonly searchParams: URLSearchParams } {
  const asked = 'originalUrl' in request && typeof request.originalUrl === 'string' ? request.originalUrl : request.url
  const [pathname = '/', ...query] = (asked ?? '/').split('?')
  return { pathname, searchParams: new URLSearchParams(query.join('?')) }
}
