import type { ServerResponse } from 'node:http'
import type { OnlinePeople } from './online-people.ts'
import { changeList } from './pages/change-list.ts'
import type { ChangeLine, RecentChanges } from './recent-changes.ts'

/** Changes that come within this time are sent together. In milliseconds. */
const gatherMs = 100

/** How often a quiet connection is tried, so that dead ones are noticed. In milliseconds. */
const heartbeatMs = 20_000

/** The browsers that watch the shop, each by a server-sent-events response that stays open. */
export class LiveView {
  readonly #online: OnlinePeople
  readonly #changes: RecentChanges
  readonly #responses = new Set<ServerResponse>()
  readonly #heartbeat: NodeJS.Timeout
  readonly #unwatch: readonly (() => void)[]
  #gathering: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(online: OnlinePeople, changes: RecentChanges) {
    this.#online = online
    this.#changes = changes
    this.#heartbeat = setInterval(() => this.#send(':\n\n'), heartbeatMs).unref()
    const gather = (): void => {
      this.#gathering ??= setTimeout(() => this.#sendAll(), gatherMs).unref()
    }
    this.#unwatch = [online.watch(gather), changes.watch(gather)]
  }

  /** The newest changes, newest first. */
  get lines(): readonly ChangeLine[] {
    return this.#changes.lines
  }

  /** From now on the browser is told what happens, until it goes or the view is closed. */
  join(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    if (this.#isClosed) {
      response.end()
      return
    }
    response.write(`retry: 1000\n\n${this.#events()}`)
    this.#responses.add(response)
    response.on('close', () => this.#responses.delete(response))
  }

  /** Afterwards every browser has been let go; it comes back by itself, to another process. */
  close(): void {
    this.#isClosed = true
    clearInterval(this.#heartbeat)
    clearTimeout(this.#gathering)
    for (const unwatch of this.#unwatch) unwatch()
    this.#changes.close()
    for (const response of this.#responses) response.end()
  }

  #sendAll(): void {
    this.#gathering = undefined
    if (this.#responses.size > 0) this.#send(this.#events())
  }

  /** A browser that does not keep up misses some: each event says everything, so the next one makes up for it. */
  #send(text: string): void {
    for (const response of this.#responses) if (!response.writableNeedDrain) response.write(text)
  }

  #events(): string {
    return event('changes', changeList(this.lines).text) + event('online', String(this.#online.count()))
  }
}

function event(name: string, text: string): string {
  const lines = text.split('\n').map(line => `data: ${line}\n`)
  return `event: ${name}\n${lines.join('')}\n`
}
