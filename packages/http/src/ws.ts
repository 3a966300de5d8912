import { type Immutable, InvalidArgumentError, type Scope, type ScopeEnd } from '@scopes/core'
import { LiveValue } from './live/live-value.ts'

/** A WebSocket of the `ws` package, by structure. */
export interface SocketLike {
  send(data: string, done: (error?: Error) => void): void
  close(code: number, reason: string): void
  on(event: 'close', listener: () => void): unknown
  off(event: 'close', listener: () => void): unknown
}

/** How a socket follows a scope. */
export interface BindSocketOptions<S extends object> {
  /**
   * What happens when the scope has ended, on whatever process: `close` closes the socket with the code 4401, so that nobody
   * stays logged in by a socket; a function decides itself.
   */
  readonly onEnd: 'close' | ((end: ScopeEnd | undefined) => void)
  /** What may leave of the value: each later one that differs is sent as `{ type: 'value', stamp, value }`. Absent: nothing is sent. */
  readonly project?: (value: Immutable<S>) => unknown
  /** The stamp of the last value that the browser has: it is not sent again, nor is an older one. What is no stamp is passed over. */
  readonly since?: string | undefined
}

/** The code of a socket that is closed because its scope has ended. */
export const scopeEndedCode = 4401

/** Of a socket whose server goes away: the browser should connect again. */
const goingAwayCode = 1001

/** Of a socket that cannot be served because of a fault of the server. */
const faultCode = 1011

/**
 * Binds a socket to a scope until one of them ends: the end of the scope reaches the socket, and its values as far as
 * `project` lets them. One message is under way at a time: a browser that does not keep up misses values and gets the newest.
 *
 * ```ts
 * wss.on('connection', socket => bindSocket(socket, session.scope, { onEnd: 'close', project: ({ cart }) => ({ cart }) }))
 * ```
 * @returns unbinds them; the socket stays open
 * @throws InvalidArgumentError for an option that is not allowed.
 */
export function bindSocket<S extends object>(
  socket: SocketLike,
  scope: Scope<S>,
  { onEnd, project, since }: BindSocketOptions<S>,
): () => void {
  if (onEnd !== 'close' && typeof onEnd !== 'function') {
    throw new InvalidArgumentError(`onEnd is ${String(onEnd)}; it must be 'close' or a function.`)
  }
  const live = new LiveValue<S>(scope, { project: project ?? nothing, since })
  const unbind = (): void => {
    socket.off('close', unbind)
    live.close()
  }
  socket.on('close', unbind)
  const end = (): void => {
    if (onEnd === 'close') socket.close(scopeEndedCode, 'The session has ended.')
    else onEnd(scope.ended)
  }
  void follow(live, project ? text => send(socket, text) : undefined).then(
    outcome => {
      socket.off('close', unbind)
      if (outcome === 'ended') end()
      else if (outcome === 'closed') socket.close(goingAwayCode, 'The server goes away.')
    },
    () => {
      unbind()
      socket.close(faultCode, 'The server failed.')
    },
  )
  return unbind
}

/** Sends what comes until nothing follows: the scope has ended, the scopes were closed, or nobody listens any more. */
async function follow<S extends object>(
  live: LiveValue<S>,
  sendText: ((text: string) => Promise<boolean>) | undefined,
): Promise<'ended' | 'closed' | 'unbound'> {
  for (;;) {
    const message = live.take()
    if (message?.type === 'ended') return 'ended'
    if (message && sendText) {
      const { stamp, json } = message
      const isSent = await sendText(`{"type":"value","stamp":${JSON.stringify(stamp ?? null)},"value":${json}}`)
      if (!isSent) live.close()
    }
    if (live.isOver) return live.isClosed ? 'unbound' : 'closed'
    await live.changed()
  }
}

/** @returns whether it could be sent; where not, the socket's own `close` follows. */
function send(socket: SocketLike, text: string): Promise<boolean> {
  return new Promise(resolve => socket.send(text, error => resolve(error === undefined || error === null)))
}

function nothing(): null {
  return null
}
