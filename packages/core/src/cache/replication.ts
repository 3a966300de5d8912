import type { KeyMessage } from '../feed/change-feed.ts'

/** A cache that is fed: the changes feed is read for it for as long as the scopes are open. */
export interface Replication {
  /** The kinds of scopes that are fed; undefined: all. */
  readonly kinds: readonly string[] | undefined

  /** `fed`: the feed brings every document. `on-demand`: it says which have changed, and they are read when they are opened. */
  readonly values: 'fed' | 'on-demand'

  /** Where an `open` reads that asks for no freshness while the feed is not live. */
  readonly whenBehind: 'store' | 'memory'

  /** For how long, in milliseconds, the feed may fail to prove that it brings everything before it counts as behind. */
  readonly maxLagMs: number

  /** Called once, before all others. @throws InvalidArgumentError when other scopes use the cache already. */
  attach(): void

  /**
   * The feed has its place: whatever changes from now on is received, or set. Afterwards nothing is held that was set
   * before. Called again when a feed starts over.
   */
  begin(): void

  /** The document keys of all of which anything is held: what a feed that does not bring everything is to follow. */
  keys(): Iterable<string>

  /** A change of a scope that nobody holds. Whoever holds one calls `set` and `delete`, and gets its messages instead. */
  receive(message: KeyMessage): void

  /** What was told of the partition may have been taken back, or was not all. Afterwards nothing of it is held. */
  distrust(partition: number): void
}
