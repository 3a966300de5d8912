/** How this process's reading of the changes feed is doing. Times are wall clock, milliseconds since 1970. */
export type FeedStatus =
  /** Nothing is read: nobody watches, and no cache is fed. */
  | { readonly type: 'idle' }
  /** Changes arrive, but not all up to now: what memory has may be as old as `since`. */
  | { readonly type: 'catching-up'; readonly since: number }
  /** Whatever is committed anywhere arrives. */
  | { readonly type: 'live' }
  /** Nothing arrives: what memory has may be as old as `since`. The feed is opened again and again. */
  | {
      readonly type: 'degraded'
      readonly since: number
      /** `failed`: it rejected with `error`. `ended`: it ended by itself. `silent`: it answers no questions. */
      readonly reason: 'failed' | 'ended' | 'silent'
      readonly error: unknown
    }

/** What happens to a reading. `at`: wall clock. */
export type FeedEvent =
  | { readonly type: 'started'; readonly at: number }
  /** A message has come. */
  | { readonly type: 'received' }
  /** Everything up to now has been delivered, by every partition. */
  | { readonly type: 'completed' }
  /** A partition was rolled back or has lost a part of its log, or the reading starts over. */
  | { readonly type: 'set-back'; readonly at: number }
  /** Messages come, but what was asked `at` has not been answered. */
  | { readonly type: 'lagged'; readonly at: number }
  /** No message comes, and what was asked `at` has not been answered. */
  | { readonly type: 'silenced'; readonly at: number }
  | { readonly type: 'failed'; readonly at: number; readonly error: unknown }
  | { readonly type: 'ended'; readonly at: number }
  | { readonly type: 'stopped' }

/**
 * The status after an event. Pure; transitions: SPEC.md. Until it is live again `since` stays what it was: memory does not
 * become newer by another failure.
 */
export function nextFeedStatus(status: FeedStatus, event: FeedEvent): FeedStatus {
  if (event.type === 'stopped') return status.type === 'idle' ? status : { type: 'idle' }
  if (status.type === 'idle') return event.type === 'started' ? { type: 'catching-up', since: event.at } : status
  switch (event.type) {
    case 'started':
      return status
    case 'received':
      return status.type === 'degraded' ? { type: 'catching-up', since: status.since } : status
    case 'completed':
      return status.type === 'live' ? status : { type: 'live' }
    case 'set-back':
    case 'lagged':
      return status.type === 'catching-up' ? status : { type: 'catching-up', since: since(status, event.at) }
    case 'silenced':
      if (status.type === 'degraded') return status
      return { type: 'degraded', since: since(status, event.at), reason: 'silent', error: undefined }
    case 'failed':
      return { type: 'degraded', since: since(status, event.at), reason: 'failed', error: event.error }
    case 'ended':
      return { type: 'degraded', since: since(status, event.at), reason: 'ended', error: undefined }
    default:
      return event satisfies never
  }
}

function since(status: Exclude<FeedStatus, { type: 'idle' }>, at: number): number {
  return status.type === 'live' ? at : status.since
}
