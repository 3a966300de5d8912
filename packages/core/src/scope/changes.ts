import { Observable, concat, defer, filter, finalize, share, tap } from 'rxjs'
import type { Clock } from '../clock.ts'
import type { ScopeDefinition } from '../definition/define-scope.ts'
import { showEither } from '../definition/shown-document.ts'
import { diagnostics } from '../diagnostics.ts'
import { InvalidArgumentError } from '../errors.ts'
import type { ScopeDocument } from '../document/scope-document.ts'
import type { ChangeFeed, FeedToken } from '../feed/change-feed.ts'
import type { DocumentSeen } from '../feed/observation.ts'
import type { PartitionChange, ScopeChange } from '../feed/scope-change.ts'
import { ScopeChangeFollower } from '../feed/scope-changes.ts'
import type { KnownPosition } from '../feed/slot.ts'
import type { DocumentStore } from '../store/document-store.ts'
import type { ScopeKey } from '../document/scope-key.ts'
import type { Definitions } from './definitions.ts'
import { reopenMs } from './reopen-ms.ts'

/** Which changes are told. */
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
  /** The document that anybody here holds, so that only what is newer has to be decoded. */
  readonly documentOf: (documentKey: string) => ScopeDocument | undefined
  /** Ends again what a rollback has revived. */
  readonly endAgain: (documentKey: string, seen: DocumentSeen) => Promise<void>
}

/** The changes of an application's scopes, for as many consumers as want them. */
export class Changes {
  readonly #parts: ChangesParts
  readonly #closing = new AbortController()
  /** One reading for all who want everything from now on. */
  readonly #live: Observable<ScopeChange | PartitionChange>
  /** Where it has caught up, for those who come later: they are told so too. By partition. */
  readonly #caughtUp = new Map<number, PartitionChange>()

  constructor(parts: ChangesParts) {
    this.#parts = parts
    this.#live = this.#observable({}).pipe(
      tap(change => {
        if (change.type === 'caught-up') this.#caughtUp.set(change.partition, change)
      }),
      finalize(() => this.#caughtUp.clear()),
      share(),
    )
  }

  observe({ kinds, ...options }: ChangesOptions): Observable<ScopeChange | PartitionChange> {
    const names = kinds?.map(kind => this.#nameOf(kind))
    const isPlain = (options.since ?? 'now') === 'now' && options.known === undefined && options.signal === undefined
    if (!isPlain) return this.#observable({ ...options, ...(names && { kinds: names }) })
    const live = defer(() => concat([...this.#caughtUp.values()], this.#live))
    if (names === undefined) return live
    return live.pipe(filter(change => !('key' in change) || names.includes(change.key.kind)))
  }

  async *iterate({
    signal,
    ...options
  }: ChangesOptions): AsyncGenerator<ScopeChange | PartitionChange, void, undefined> {
    const { feed, clock } = this.#parts
    if (feed === undefined) throw new InvalidArgumentError('The store has no changes feed; give one to openScopes.')
    const until = signal ? AbortSignal.any([signal, this.#closing.signal]) : this.#closing.signal
    const follower = this.#follower(options, until)
    const { since = 'now' } = options
    const kinds = options.kinds?.map(kind => this.#nameOf(kind))
    for (let failures = 0; !until.aborted; failures++) {
      try {
        const messages = feed.open({ since: follower.feedToken ?? since, kinds, signal: until })
        for await (const change of follower.follow(messages)) {
          if (until.aborted) return
          failures = 0
          yield change
        }
        return
      } catch (error) {
        if (until.aborted) return
        if (error instanceof InvalidArgumentError) throw error
        diagnostics.feed.publish({ status: 'interrupted', error })
        await clock.sleep(reopenMs(failures, Math.random()), until)
      }
    }
  }

  /** Ends all that is being read. */
  close(): void {
    this.#closing.abort()
  }

  #nameOf(kind: string | ScopeDefinition): string {
    if (typeof kind === 'string') return kind
    this.#parts.definitions.add(kind)
    return kind.kind
  }

  #observable(options: ChangesOptions): Observable<ScopeChange | PartitionChange> {
    return new Observable(subscriber => {
      const abort = new AbortController()
      const signal = options.signal ? AbortSignal.any([options.signal, abort.signal]) : abort.signal
      const pump = async (): Promise<void> => {
        for await (const change of this.iterate({ ...options, signal })) subscriber.next(change)
        subscriber.complete()
      }
      pump().catch((error: unknown) => subscriber.error(error))
      return () => abort.abort()
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
