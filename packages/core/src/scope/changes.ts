import { Observable, concat, defer, filter, finalize, map, share, tap } from 'rxjs'
import type { Clock } from '../clock.ts'
import type { ScopeDefinition } from '../definition/define-scope.ts'
import { showEither } from '../definition/shown-document.ts'
import { diagnostics, tellChange } from '../diagnostics.ts'
import { InvalidArgumentError, StoreUnavailableError } from '../errors.ts'
import type { ScopeDocument } from '../document/scope-document.ts'
import type { ChangeFeed, FeedMessage, FeedToken, HeldKeys } from '../feed/change-feed.ts'
import { LateSubscriber } from '../feed/late-subscriber.ts'
import type { DocumentSeen } from '../feed/observation.ts'
import type { PartitionChange, ScopeChange } from '../feed/scope-change.ts'
import { ScopeChangeFollower } from '../feed/scope-changes.ts'
import type { KnownPosition } from '../feed/slot.ts'
import type { DocumentStore } from '../store/document-store.ts'
import type { ScopeKey } from '../document/scope-key.ts'
import { quoted } from '../value/quoted.ts'
import type { Definitions } from './definitions.ts'
import { reopenMs } from '../feed/reopen-ms.ts'
import { type ListedScope, ScopeList } from './scope-list.ts'

/** Which changes are told. Of a feed that covers only what is held: those of scopes that anybody here has a handle of. */
export interface ChangesOptions {
  /**
   * Only scopes of these kinds, by name or definition; default: of all. Values of a kind that has been opened, or is named
   * by its definition, are in the shape of this process; others as they are stored.
   */
  readonly kinds?: readonly (string | ScopeDefinition)[]
  /** From where: the token of an earlier change, `beginning` (all scopes first) or `now` (default). */
  readonly since?: FeedToken | 'now' | 'beginning'
  /** Where the consumer stands, by what it has stored: then it gets `updated` and not `reset` (`first`). */
  readonly known?: (key: ScopeKey) => KnownPosition | undefined
  /** Ends an iteration; an Observable is ended by unsubscribing. */
  readonly signal?: AbortSignal
}

/** What the changes of an application are made from. */
export interface ChangesParts {
  readonly application: string
  readonly feed: ChangeFeed | undefined
  readonly store: DocumentStore
  readonly clock: Clock
  readonly definitions: Definitions
  /** What anybody here holds, for a feed that brings nothing else. */
  readonly held: HeldKeys
  /** The document that anybody here holds, so that only what is newer has to be decoded. */
  readonly documentOf: (documentKey: string) => ScopeDocument | undefined
  /** Ends again what a rollback has revived. */
  readonly endAgain: (documentKey: string, seen: DocumentSeen) => Promise<void>
}

/** The changes of an application's scopes, for as many consumers as want them. */
export class Changes {
  readonly #parts: ChangesParts
  /** How to end each iteration that is under way. */
  readonly #stops = new Set<AbortController>()
  #isClosed = false
  /** One reading for all who want everything from now on. */
  readonly #live: Observable<ScopeChange | PartitionChange>
  #isLive = false
  /** Where it has caught up, for those who come later: they are told so too. By partition. */
  readonly #caughtUp = new Map<number, PartitionChange>()

  constructor(parts: ChangesParts) {
    this.#parts = parts
    this.#live = defer(() => {
      this.#isLive = true
      return this.#observable({})
    }).pipe(
      tap(change => {
        if (change.type === 'caught-up') this.#caughtUp.set(change.partition, change)
      }),
      finalize(() => {
        this.#isLive = false
        this.#caughtUp.clear()
      }),
      share(),
    )
  }

  observe({ kinds, ...options }: ChangesOptions): Observable<ScopeChange | PartitionChange> {
    const names = this.#namesOf(kinds)
    const isPlain = (options.since ?? 'now') === 'now' && options.known === undefined && options.signal === undefined
    if (!isPlain) return this.#observable({ ...options, ...(names && { kinds: names }) })
    const live = defer(() => (this.#isLive ? this.#joined() : this.#live))
    if (names === undefined) return live
    return live.pipe(filter(change => !('key' in change) || names.includes(change.key.kind)))
  }

  /** Begins where the store is at this call. `return` ends it at once, also while it waits. */
  iterate(options: ChangesOptions): AsyncIterableIterator<ScopeChange | PartitionChange, void, undefined> {
    const stop = new AbortController()
    const changes = this.#read(options, stop, this.#open(options, stop.signal))
    const iterator: AsyncIterableIterator<ScopeChange | PartitionChange, void, undefined> = {
      [Symbol.asyncIterator]: () => iterator,
      next: () => changes.next(),
      return: () => {
        stop.abort()
        return changes.return()
      },
    }
    return iterator
  }

  /**
   * The living scopes of a kind: the feed is read from its beginning until every partition has caught up.
   * Rejects when the feed fails, or is closed before.
   */
  async list(definition: ScopeDefinition, signal: AbortSignal | undefined): Promise<Map<string, ListedScope>> {
    const stop = new AbortController()
    const opened = this.#open({ kinds: [definition], since: 'beginning' }, stop.signal)
    if (opened === undefined) throw new InvalidArgumentError('The store has no changes feed; give one to openScopes.')
    const abort = (): void => stop.abort()
    signal?.addEventListener('abort', abort)
    this.#stops.add(stop)
    const list = new ScopeList()
    try {
      for await (const change of opened.follower.follow(opened.messages)) {
        signal?.throwIfAborted()
        list.take(change)
        if (list.caughtUp >= (this.#parts.feed?.partitions ?? 0)) return list.living
      }
      signal?.throwIfAborted()
      throw new StoreUnavailableError('The changes feed ended before it had told every scope: call list again.')
    } finally {
      stop.abort()
      this.#stops.delete(stop)
      signal?.removeEventListener('abort', abort)
    }
  }

  /** Ends all that is being read. */
  close(): void {
    this.#isClosed = true
    for (const stop of this.#stops) stop.abort()
  }

  #joined(): Observable<ScopeChange | PartitionChange> {
    const late = new LateSubscriber()
    return concat([...this.#caughtUp.values()], this.#live).pipe(map(change => late.hear(change)))
  }

  async *#read(
    { signal, since = 'now' }: ChangesOptions,
    stop: AbortController,
    opened: OpenedChanges | undefined,
  ): AsyncGenerator<ScopeChange | PartitionChange, void, undefined> {
    if (opened === undefined) throw new InvalidArgumentError('The store has no changes feed; give one to openScopes.')
    const { clock } = this.#parts
    const { follower, reopen } = opened
    let { messages } = opened
    const abort = (): void => stop.abort()
    if (signal?.aborted || this.#isClosed) return
    signal?.addEventListener('abort', abort)
    this.#stops.add(stop)
    // What was changed before the feed had its place is lost when it has to begin again.
    let isLost = false
    try {
      for (let failures = 0; ; failures++) {
        try {
          for await (const change of follower.follow(messages)) {
            if (stop.signal.aborted) return
            failures = 0
            if (isLost) yield* this.#lost()
            isLost = false
            if ('key' in change) tellChange(change.key, change)
            yield change
          }
          return
        } catch (error) {
          if (stop.signal.aborted) return
          if (error instanceof InvalidArgumentError) throw error
          diagnostics.feed.publish({ status: 'interrupted', error })
          isLost ||= since === 'now' && follower.feedToken === undefined
          await clock.sleep(reopenMs(failures, Math.random()), stop.signal)
          if (stop.signal.aborted) return
          messages = reopen()
        }
      }
    } finally {
      stop.abort()
      this.#stops.delete(stop)
      signal?.removeEventListener('abort', abort)
    }
  }

  /** Undefined: there is no feed. */
  #open(options: ChangesOptions, signal: AbortSignal): OpenedChanges | undefined {
    const { feed, held } = this.#parts
    if (feed === undefined) return undefined
    const { since = 'now' } = options
    const kinds = this.#namesOf(options.kinds)
    const follower = this.#follower(options, signal)
    const reopen = (): AsyncIterable<FeedMessage> =>
      feed.open({ since: follower.feedToken ?? since, kinds, held, signal })
    return { follower, reopen, messages: unlessRefused(reopen) }
  }

  *#lost(): Generator<PartitionChange, void, undefined> {
    const { partitions = 0 } = this.#parts.feed ?? {}
    for (let partition = 0; partition < partitions; partition++) {
      yield { type: 'lost', partition, feedToken: undefined }
    }
  }

  #namesOf(kinds: ChangesOptions['kinds']): readonly string[] | undefined {
    if (kinds !== undefined && !Array.isArray(kinds)) {
      throw new InvalidArgumentError(`kinds is ${quoted(kinds)}; it must be a list of kinds, by name or definition.`)
    }
    return kinds?.map(kind => this.#nameOf(kind))
  }

  #nameOf(kind: string | ScopeDefinition): string {
    if (typeof kind === 'string') return kind
    if (typeof kind !== 'object' || kind === null) {
      throw new InvalidArgumentError(`kinds holds ${quoted(kind)}; it must hold names and definitions.`)
    }
    this.#parts.definitions.add(kind)
    return kind.kind
  }

  #observable(options: ChangesOptions): Observable<ScopeChange | PartitionChange> {
    return new Observable(subscriber => {
      const changes = this.iterate(options)
      const pump = async (): Promise<void> => {
        for await (const change of changes) subscriber.next(change)
        subscriber.complete()
      }
      pump().catch((error: unknown) => subscriber.error(error))
      return () => void changes.return?.()
    })
  }

  /** What one consumer has been told; it outlives an interruption of the feed. */
  #follower({ since, known }: ChangesOptions, signal: AbortSignal): ScopeChangeFollower {
    const { application, store, clock, documentOf, definitions, endAgain } = this.#parts
    return new ScopeChangeFollower({
      since,
      known,
      accepts: key => key.application === application,
      clock,
      load: documentKey => store.load(documentKey, { signal }),
      documentOf,
      tell: ({ kind }, document) => {
        const definition = definitions.get(kind)
        return definition ? showEither(document, definition.versions) : document
      },
      endAgain,
      onUnreadable: (documentKey, error) => diagnostics.unreadable.publish({ documentKey, error }),
    })
  }
}

/** A feed that has been opened for a consumer. */
interface OpenedChanges {
  readonly follower: ScopeChangeFollower
  readonly messages: AsyncIterable<FeedMessage>
  /** The feed again, behind what the consumer has been told. */
  readonly reopen: () => AsyncIterable<FeedMessage>
}

/** A feed that refuses to be opened fails where it is read: there it is opened again. */
function unlessRefused<T>(open: () => AsyncIterable<T>): AsyncIterable<T> {
  try {
    return open()
  } catch (error) {
    return { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }) }
  }
}
