import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Clock, type Immutable, InvalidArgumentError, type Scope, type ScopeEnd, systemClock } from '@scopes/core'
import { EventStream } from './live/event-stream.ts'
import { LiveValue } from './live/live-value.ts'

/** What a browser is told by server-sent events. */
export interface ScopeEventsOptions<S extends object> {
  /** What may leave of the value: it is sent as JSON, and nothing else is. */
  readonly project: (value: Immutable<S>) => unknown
  /** What may leave of the end of the scope, as JSON; default: `{ reason }`. */
  readonly projectEnd?: ((end: ScopeEnd) => unknown) | undefined
  /** The browser's `Last-Event-ID` header: a value that it has is not sent again, nor is an older one. */
  readonly lastEventId?: string | undefined
  /** The name of the event with a value; default `value`. */
  readonly event?: string
  /** After so long without an event a comment is sent, so that dead connections are noticed; default 15 s, in milliseconds. */
  readonly heartbeatMs?: number
  /** How long a browser waits before it comes back, in milliseconds; default 1 s. */
  readonly retryMs?: number
  /** Aborting it finishes the events, as when the server closes: the browser comes back by itself. */
  readonly signal?: AbortSignal | undefined
  readonly clock?: Clock
}

/**
 * A scope as the text of server-sent events, for whatever framework sends an iterable of text. First the value, then each
 * later one whose projection differs, as `event: value` with the stamp as its id; `event: ended` with what `projectEnd` says at
 * the end of the scope. Pulled: a browser that does not keep up misses values and gets the newest. It finishes after the end, or when
 * the scopes are closed: the browser comes back by itself then, to another process.
 * @throws InvalidArgumentError for an option that is not allowed.
 */
export function scopeEvents<S extends object>(
  scope: Scope<S>,
  options: ScopeEventsOptions<S>,
): AsyncIterableIterator<string> {
  const {
    project,
    projectEnd,
    lastEventId,
    event = 'value',
    heartbeatMs = 15_000,
    retryMs = 1000,
    signal,
    clock = systemClock,
  }: ScopeEventsOptions<S> = options
  if (typeof project !== 'function') throw new InvalidArgumentError('project must be a function of the value.')
  if (projectEnd !== undefined && typeof projectEnd !== 'function') {
    throw new InvalidArgumentError('projectEnd must be a function of the end.')
  }
  if (!/^[\w.-]+$/.test(event) || event === 'ended') {
    throw new InvalidArgumentError(`event is ${JSON.stringify(event)}; it must be a name, and not "ended".`)
  }
  const settings = {
    event,
    heartbeatMs: positive('heartbeatMs', heartbeatMs),
    retryMs: positive('retryMs', retryMs),
    clock,
  }
  return new EventStream<S>(new LiveValue<S>(scope, { project, projectEnd, since: lastEventId, signal }), settings)
}

/**
 * Answers a request of Node by `scopeEvents`, from the value that the browser does not have yet. Resolves when the browser has gone,
 * or there is nothing more to tell. A draft of the request is stored before the first event leaves.
 *
 * ```ts
 * app.get('/live', async (req, res) => {
 *   const { scope } = await web.session(req)
 *   await sendEvents(req, res, scope, { project: session => ({ cart: session.cart }) })
 * })
 * ```
 * Rejects when the projection fails, or the store that was asked for what the browser has seen; the connection is cut then.
 */
export async function sendEvents<S extends object>(
  request: IncomingMessage,
  response: ServerResponse,
  scope: Scope<S>,
  options: Omit<ScopeEventsOptions<S>, 'lastEventId'>,
): Promise<void> {
  const lastEventId = request.headers['last-event-id']
  const events = scopeEvents(scope, { ...options, lastEventId: lastEventId?.toString() })
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    // A cache or a compressor would keep events to itself.
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
  })
  try {
    await pipeline(Readable.from(events, { objectMode: false, highWaterMark: 1 }), response)
  } catch (error) {
    if (!hasGone(error)) throw error
  }
}

/** The browser has closed the connection: the way in which most streams end. */
function hasGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE'
}

function positive(option: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value
  throw new InvalidArgumentError(`${option} is ${String(value)}; it must be a whole number of milliseconds from 1 on.`)
}
