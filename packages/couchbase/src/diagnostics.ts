import { type DiagnosticsChannel, diagnosticsChannel } from '@scopes/core'

/** Published on `scopes:couchbase:feed` when something went wrong that the changes feed gets over by itself. */
export type FeedTroubleMessage =
  /** The connection to a node was lost, or could not be made; it is tried again. */
  | { readonly type: 'node-down'; readonly place: string; readonly node: string; readonly error: Error }
  /** A node broke the protocol; the stream is asked for again from where it was. */
  | { readonly type: 'stream-broken'; readonly place: string; readonly vbucket: number; readonly detail: string }
  /**
   * A node refuses to send the changes of a vbucket, with a status of its protocol that does not say that this will pass. The vbucket says
   * nothing, so that it has not caught up either, and is asked for again; others go on.
   */
  | { readonly type: 'stream-refused'; readonly place: string; readonly vbucket: number; readonly status: number }
  /**
   * With `feed: 'auto'`: changes are not pushed, and `error` says why. What this process holds is polled; it hears of nothing else, and
   * ends no scopes of others.
   */
  | { readonly type: 'polling'; readonly place: string; readonly error: unknown }

/** Every channel of this package. Subscribe with `node:diagnostics_channel` by the name. */
export const diagnostics: { readonly feed: DiagnosticsChannel<FeedTroubleMessage> } = {
  feed: diagnosticsChannel('scopes:couchbase:feed'),
}
