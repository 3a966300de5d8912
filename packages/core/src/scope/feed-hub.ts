import { BehaviorSubject } from 'rxjs'
import type { ScopeCache } from '../cache/scope-cache.ts'
import type { Clock } from '../clock.ts'
import { diagnostics } from '../diagnostics.ts'
import type { ChangeFeed, FeedMessage, FeedToken, HeldKeys, KeyMessage } from '../feed/change-feed.ts'
import type { FeedStatus } from '../feed/feed-status.ts'
import { FeedReading } from './feed-reading.ts'
import { heldKeys } from './held-keys.ts'
import { ReplicaRouter } from './replica-router.ts'
import type { ScopeRegistry } from './scope-registry.ts'
import type { ScopeState } from './scope-state.ts'

/** What a hub works with. */
export interface FeedHubParts {
  readonly application: string
  readonly feed: ChangeFeed
  readonly clock: Clock
  readonly cache: ScopeCache
  readonly registry: ScopeRegistry
}

/**
 * The one reading of the changes feed that keeps scopes of a process current: those that are watched and, when the cache
 * is fed, all that are held or cached. It runs while somebody watches or a cache is fed.
 */
export class FeedHub {
  /** How the reading is doing. */
  readonly status$: BehaviorSubject<FeedStatus> = new BehaviorSubject<FeedStatus>({ type: 'idle' })
  readonly #parts: FeedHubParts
  readonly #replicas: ReplicaRouter | undefined
  readonly #watched = new Map<string, { readonly state: ScopeState; watchers: number }>()
  #reading: FeedReading | undefined
  /** What the feed is opened for; undefined: all. */
  #kinds: ReadonlySet<string> | undefined
  #isClosed = false

  constructor(parts: FeedHubParts) {
    const { application, cache, registry } = parts
    const { replication } = cache
    this.#parts = parts
    this.#replicas = replication && new ReplicaRouter(application, replication, registry)
    this.#kinds = replication?.kinds && new Set(replication.kinds)
    if (replication) this.#start(undefined)
  }

  /** The cache has the scopes of this kind as the feed brings them. */
  isFed(kind: string): boolean {
    return this.#replicas?.accepts(kind) ?? false
  }

  /** Memory has scopes that are fed as they are stored, for all that is known. */
  get isCurrent(): boolean {
    return this.#reading?.isCurrent ?? false
  }

  /** As of when all changes of the partition have arrived, for scopes that are fed: monotonic milliseconds. */
  proofAt(partition: number | undefined): number {
    return this.#reading?.proofAt(partition) ?? -Infinity
  }

  /** Asks the feed for a newer proof. */
  ask(): void {
    this.#reading?.ask()
  }

  /** From now on the scope follows the feed, until the returned function is called. */
  watch(state: ScopeState): () => void {
    const entry = this.#watched.get(state.documentKey) ?? { state, watchers: 0 }
    entry.watchers++
    this.#watched.set(state.documentKey, entry)
    this.#widen(state.key.kind)
    if (this.#reading === undefined) this.#start(undefined)
    // What changed between the scope's last load and the start of the feed is in no message; and one that was made without
    // asking the store may be stored.
    const isFollowed = this.isFed(state.key.kind) && state.copy !== undefined
    if (this.#reading?.position !== undefined && entry.watchers === 1 && !isFollowed) state.refreshInBackground()
    return () => {
      entry.watchers--
      if (entry.watchers > 0) return
      this.#watched.delete(state.documentKey)
      if (this.#watched.size === 0 && this.#replicas === undefined) this.#stop()
    }
  }

  /** Afterwards nothing is read any more, whoever watches. */
  close(): void {
    this.#isClosed = true
    this.#stop()
    this.status$.complete()
  }

  #stop(): void {
    this.#reading?.stop()
    this.#reading = undefined
  }

  /** A kind that the feed is not opened for is watched: it is opened for all from where it was. */
  #widen(kind: string): void {
    if (this.#kinds === undefined || this.#kinds.has(kind)) return
    this.#kinds = undefined
    const since = this.#reading?.position
    this.#stop()
    this.#start(since)
  }

  #start(since: FeedToken | undefined): void {
    if (this.#isClosed) return
    const { feed, clock, cache } = this.#parts
    const { replication } = cache
    this.#reading = new FeedReading({
      feed,
      clock,
      from: replication?.values === 'fed' ? 'beginning' : 'now',
      since,
      kinds: this.#kinds && [...this.#kinds],
      keysOnly: replication?.values === 'on-demand',
      held: this.#held(),
      maxLagMs: replication?.maxLagMs ?? Infinity,
      onBegin: () => this.#begun(),
      onMessage: message => this.#receive(message),
      onStatus: status => this.#tell(status),
      onLag: lagMs => {
        const { feedLag } = diagnostics
        if (feedLag.hasSubscribers) feedLag.publish({ application: this.#parts.application, lagMs })
      },
    })
    this.#reading.start()
  }

  /** All that is to be kept current: scopes that are watched and, when the cache is fed, all that are held or cached. */
  #held(): HeldKeys {
    const { registry, cache } = this.#parts
    const { replication } = cache
    const all = heldKeys(registry)
    if (replication === undefined) return { ...all, keys: () => this.#watched.keys() }
    return { ...all, keys: () => new Set([...replication.keys(), ...this.#watched.keys(), ...all.keys()]) }
  }

  #tell(status: FeedStatus): void {
    const before = this.status$.value.type
    if (status.type === 'live') diagnostics.feed.publish({ status: 'live', error: undefined })
    if (status.type === 'degraded' && before !== 'degraded') {
      diagnostics.feed.publish({ status: 'interrupted', error: status.error })
    }
    this.status$.next(status)
  }

  /** What was read before the feed had its place may have changed since. */
  #begun(): void {
    this.#replicas?.begin()
    for (const { state } of this.#watched.values()) {
      if (!this.isFed(state.key.kind)) state.refreshInBackground()
    }
  }

  #receive(message: FeedMessage): void {
    switch (message.type) {
      case 'document':
      case 'removed':
        return this.#deliver(message)
      case 'caught-up':
        return
      case 'rolled-back':
      case 'lost':
        this.#replicas?.distrust(message.type, message.partition)
        for (const { state } of this.#watched.values()) {
          const isAffected = state.partition === undefined || state.partition === message.partition
          if (isAffected && !this.isFed(state.key.kind)) state.distrust(message.type)
        }
        return
      default:
        message satisfies never
    }
  }

  #deliver(message: KeyMessage): void {
    try {
      const watched = this.#watched.get(message.key)
      if (watched) watched.state.receive(message)
      else this.#replicas?.deliver(message)
    } catch (error) {
      // Told on its own channel; one unreadable document does not stop the others.
      diagnostics.backgroundFailed.publish({ documentKey: message.key, what: 'reading', error })
    }
  }
}
