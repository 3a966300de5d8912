import { type Observable, type Subject, of } from 'rxjs'
import { checkDefinition } from '../definition/check-definition.ts'
import { checkOptions } from '../definition/check-options.ts'
import type { ScopeDefinition } from '../definition/define-scope.ts'
import type { IndexTypes } from '../definition/indexes.ts'
import { drawCommitId } from '../document/ids.ts'
import { diagnostics } from '../diagnostics.ts'
import type { Life } from '../document/scope-document.ts'
import { InvalidArgumentError, StoreUnavailableError } from '../errors.ts'
import type { ChangeFeed } from '../feed/change-feed.ts'
import type { FeedStatus } from '../feed/feed-status.ts'
import type { PartitionChange, ScopeChange } from '../feed/scope-change.ts'
import type { IndexBook } from '../index/index-book.ts'
import type { EndHandler, EndHandlers } from '../life/end-handlers.ts'
import type { LockOptions } from '../lock/lock-options.ts'
import { type Lock, Locks } from '../lock/locks.ts'
import type { Reaper } from '../life/reaper/reaper.ts'
import { quoted } from '../value/quoted.ts'
import { Actions, type LostCommit, type ScopeConflict } from './actions.ts'
import { type ChangesOptions, Changes } from './changes.ts'
import { checkText } from './check-text.ts'
import { EndAll } from './end-all.ts'
import { type EndAllOptions, checkEndAll } from './end-all-options.ts'
import { FeedHub } from './feed-hub.ts'
import { heldKeys } from './held-keys.ts'
import { type OpenOptions, Opening } from './opening.ts'
import { Scope } from './scope.ts'
import type { ListedScope } from './scope-list.ts'
import type { Immutable } from '../value/plain-data.ts'
import type { ScopeRegistry } from './scope-registry.ts'
import type { ScopeServices } from './scope-services.ts'
import type { ScopeState } from './scope-state.ts'

/** How a handle of a new scope is made. */
export interface CreateOptions {
  /** Default: random, 128 bits. */
  readonly id?: string | undefined
  /** Names the request in the commits that are made through the handle. */
  readonly request?: string | undefined
}

const createOptions: ReadonlySet<string> = new Set(['id', 'request'])
const openOptions: ReadonlySet<string> = new Set(['request', 'signal', 'atLeast', 'maxStaleMs', 'creates'])
const noOptions: OpenOptions = {}

/** The parts that `openScopes` puts together. */
export interface ScopesParts {
  readonly application: string
  readonly services: ScopeServices
  readonly registry: ScopeRegistry
  readonly handlers: EndHandlers
  /** Undefined: this process ends only what it opens. */
  readonly reaper: Reaper | undefined
  readonly feed: ChangeFeed | undefined
  readonly isCluster: (kind: string) => boolean
  readonly isBehind: boolean
  readonly process: string
  readonly conflicts$: Subject<ScopeConflict>
  readonly indexes: IndexBook
}

/** Closing found commits that `backup: 'behind'` had shown and that could not be stored. */
export class LostCommitsError extends StoreUnavailableError {
  readonly lost: readonly LostCommit[]

  constructor(lost: readonly LostCommit[]) {
    const named = lost.map(({ key, version }) => `${key.kind} ${key.id} version ${version}`).join(', ')
    super(`${lost.length} commits were shown and not stored: ${named}. What they changed is lost: do it again.`, {
      cause: lost[0]?.error,
      outcome: 'unknown',
    })
    this.lost = lost
  }
}

/** The scopes of one application, as this process sees them. */
export class Scopes implements AsyncDisposable {
  /** The name of the application. */
  readonly application: string
  /** Names this process in the commits that it makes. */
  readonly process: string
  readonly #parts: ScopesParts
  readonly #actions: Actions
  readonly #locks: Locks
  readonly #hub: FeedHub | undefined
  readonly #changes: Changes
  readonly #opening: Opening
  #closing: Promise<void> | undefined

  /** @internal Made by `openScopes`. */
  constructor(parts: ScopesParts) {
    const { application, services, registry, feed, isCluster, isBehind, process, conflicts$ } = parts
    this.application = application
    this.process = process
    this.#parts = parts
    const { clock, cache } = services
    this.#hub = feed && new FeedHub({ application, feed, clock, cache, registry })
    this.#opening = new Opening({ hub: this.#hub, isCluster, whenBehind: cache.replication?.whenBehind ?? 'memory' })
    this.#changes = new Changes({
      application,
      feed,
      store: services.store,
      clock,
      definitions: registry.definitions,
      held: heldKeys(registry),
      documentOf: documentKey => registry.find(documentKey)?.copy?.document,
      endAgain: (documentKey, seen) => registry.endAgain(documentKey, seen),
    })
    const hasBackup = (kind: string): boolean => isBehind && !isCluster(kind)
    this.#locks = new Locks(services.leases, feed)
    const { context: locks } = this.#locks
    this.#actions = new Actions({ registry, hub: this.#hub, locks, process, isBehind: hasBackup, conflicts$ })
  }

  /** Every decision that a merge of this process made between two changes of the same place. */
  get conflicts$(): Observable<ScopeConflict> {
    return this.#parts.conflicts$.asObservable()
  }

  /** How the reading of the changes feed is doing that keeps memory current: now, and each time that it changes. */
  get status$(): Observable<FeedStatus> {
    return this.#hub?.status$.asObservable() ?? of({ type: 'idle' })
  }

  /** Whether memory may answer an `open` of this kind: `cluster` is `false` for it. */
  answersFromMemory(kind: string): boolean {
    return !this.#parts.isCluster(kind)
  }

  /**
   * A handle of the scope with this id. Creates nothing in the store until the first change. With `cluster: true` one load;
   * else memory answers where it can, unless `atLeast` or `maxStaleMs` ask for more than it can prove. Never waits for the
   * feed. A scope whose deadline has passed is ended first.
   *
   * Rejects with StoreUnavailableError or UnreadableDocumentError (a newer schema version, a failing upcast, damage): a
   * failed read is never taken for an empty scope; and with InvalidArgumentError for an id, a stamp or another option that
   * is not allowed.
   */
  async open<S extends object>(
    definition: ScopeDefinition<S>,
    id: string,
    options: OpenOptions = noOptions,
  ): Promise<Scope<S>> {
    this.#mustBeOpen()
    // A misspelt `atLeast` would show less than was asked for.
    if (options !== noOptions) checkOptions('open', options, openOptions)
    const state = this.#stateOf(definition, id)
    const reading = this.#opening.read(state, options)
    const freshness = reading && (await reading)
    if (state.refusal) throw state.refusal
    return new Scope<S>(state, this.#actions, { request: options.request, freshness, life: lifeOf(state, options) })
  }

  /** A handle of a new scope, made without asking the store: nothing is stored until the first change. */
  create<S extends object>(definition: ScopeDefinition<S>, options: CreateOptions = {}): Scope<S> {
    this.#mustBeOpen()
    checkOptions('create', options, createOptions)
    const { id = drawCommitId(), request } = options
    checkText('request', request)
    return new Scope<S>(this.#stateOf(definition, id), this.#actions, { request })
  }

  /**
   * Ends all scopes of the definition that have this value of the index: all sessions of one user. It stands at the moment of
   * the call: what had the value then, or was being given it, is over on every node when it resolves, whatever a login or a
   * rotation is doing at the same time; a login that begins later lives. @returns how many scopes this call has ended
   *
   * ```ts
   * await scopes.endAll(Session, { index: 'user', value: 'ann', except: session, detail: 'signed out everywhere' })
   * ```
   * Rejects with StoreUnavailableError, when some may be left: call it again. With InvalidArgumentError for an index that the
   * definition does not have, or a value that is none.
   */
  async endAll<S extends object, I extends IndexTypes, Name extends keyof I & string>(
    definition: ScopeDefinition<S, I>,
    options: EndAllOptions<S, I, Name>,
  ): Promise<number> {
    this.#mustBeOpen()
    checkDefinition('endAll', definition)
    const { application, registry, indexes } = this.#parts
    const checked = checkEndAll(definition, options)
    const run = (): Promise<number> => new EndAll({ application, registry, book: indexes }, definition, checked).run()
    if (!diagnostics.operation.hasSubscribers) return run()
    const { kind } = definition
    return diagnostics.operation.trace({ type: 'end-all', application, kind, index: checked.index.name }, run)
  }

  /**
   * Every change of every scope of the application, of all processes, from now on or from a feed token: per scope in version
   * order, nothing twice by effect, and one `reset` where what was missed cannot be told one by one. The first change of a
   * scope that the subscriber was told nothing of is `created` or a `reset` (`first`).
   *
   * `caught-up` says that the subscription has its place: what is read from then on is followed by what changes after it. A feed
   * that fails is opened again where it was; when it fails before it has its place, `lost` says that something may be missing.
   * Errors only with InvalidArgumentError, for a token that is none.
   *
   * Nothing is kept for a subscriber: he is told at once, and the others after him. Whoever takes time for a change, by
   * `concatMap` say, keeps the later ones himself: `feed` is for him.
   */
  changes(options: ChangesOptions = {}): Observable<ScopeChange | PartitionChange> {
    return this.#changes.observe(options)
  }

  /**
   * The same as an iteration, from this call on. It has back-pressure: nothing is read ahead of the consumer, and what changes
   * while he takes his time is coalesced by scope: of one that changed often he gets the commits that its document still holds
   * (64 at most), or one `reset` (`gap`) to its newest value in place of all. Leaving the loop or `return` ends it, also while
   * it waits.
   */
  feed(options: ChangesOptions = {}): AsyncIterableIterator<ScopeChange | PartitionChange, void, undefined> {
    return this.#changes.iterate(options)
  }

  /**
   * From now on the handler is told of each end of a scope of this kind, at least once, with its final state: by whichever
   * process has handlers, after restarts too, for as long as the kind's `keepEnds` says. What throws, rejects or takes more
   * than a minute is told again later. `end` and `rotate` of this process wait until the handlers have been tried. Register
   * all handlers of a kind in the same processes. @returns how to take the handler back
   *
   * ```ts
   * scopes.onEnd(Session, async ({ key, reason, value }) => { await audit.write({ id: key.id, reason, hits: value.hits }) })
   * ```
   * Nothing of it keeps a process alive: one that does nothing but deliver ends has to stay by itself.
   * @throws InvalidArgumentError when the kind has no `keepEnds`.
   */
  onEnd<S extends object>(definition: ScopeDefinition<S>, handler: EndHandler<S>): () => void {
    this.#mustBeOpen()
    checkDefinition('onEnd', definition)
    const { registry, handlers } = this.#parts
    registry.definitions.add(definition)
    return handlers.add(definition, handler)
  }

  /**
   * Runs the body while the lock is held, over all processes that use the store: one holder, or with `readonly` many who exclude
   * an `exclusive` one; first come, first served. A holder who dies is taken over when nothing was heard of him for `leaseMs`;
   * while he lives the lock is his for as long as the body takes. The same lock again in its body is free (readonly in
   * exclusive too; the reverse is refused at once). The result is the body's; the lock is given back when every
   * write of the body has landed, or never will.
   *
   * ```ts
   * await scopes.lock({ name: 'invoice numbers' }, async lock => { … })
   * ```
   * What these scopes write in the body is done in the name of the lock: when that was lost meanwhile (`lock.signal`), it
   * rejects with LockLostError, and nothing of a holder who stood still lands over what his successor has written. What was read
   * before the lock was held may be old: open scopes in the body.
   *
   * Rejects with LockTimeoutError when it is not free within `timeoutMs` (with `throwOnTimeout: false` the result is undefined and
   * the body has not run), with `lock-upgrade`, StoreUnavailableError, InvalidArgumentError, and with what the body throws.
   */
  lock<T>(
    options: LockOptions & { readonly throwOnTimeout?: true | undefined },
    body: (lock: Lock) => T | Promise<T>,
  ): Promise<T>
  lock<T>(options: LockOptions, body: (lock: Lock) => T | Promise<T>): Promise<T | undefined>
  lock<T>(options: LockOptions, body: (lock: Lock) => T | Promise<T>): Promise<T | undefined> {
    return this.#locks.lock(options, body)
  }

  /**
   * The living scopes of a kind by id, those of all processes: what the store had at some moment of the call. A scope whose
   * deadline has just passed may be among them. It reads all of the kind, and holds it in memory.
   * Rejects with StoreUnavailableError when the feed fails, and with InvalidArgumentError where the store has none.
   */
  async list<S extends object>(
    definition: ScopeDefinition<S>,
    { signal }: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<ReadonlyMap<string, ListedScope<Immutable<S>>>> {
    this.#mustBeOpen()
    checkDefinition('list', definition)
    const listed: ReadonlyMap<string, ListedScope> = await this.#changes.list(definition, signal)
    return listed as ReadonlyMap<string, ListedScope<Immutable<S>>>
  }

  /**
   * Afterwards everything that was to be written is stored, and the store is closed. Idempotent.
   * Rejects with LostCommitsError, which names the scopes, when `backup: 'behind'` could not store what it had shown.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    const { registry, services, reaper, conflicts$ } = this.#parts
    this.#actions.close()
    this.#hub?.close()
    this.#changes.close()
    await reaper?.close()
    await registry.drain()
    await services.ends.close()
    await this.#locks.close()
    registry.close()
    conflicts$.complete()
    services.cache.clear()
    const [closed] = await Promise.allSettled([services.store.close()])
    if (this.#actions.lost.length > 0) throw new LostCommitsError(this.#actions.lost)
    if (closed.status === 'rejected') throw closed.reason
  }

  #stateOf(definition: ScopeDefinition, id: string): ScopeState {
    checkDefinition('open', definition)
    const { application, registry } = this.#parts
    return registry.stateOf(definition, { application, kind: definition.kind, id })
  }

  #mustBeOpen(): void {
    if (this.#closing)
      throw new StoreUnavailableError(
        'The scopes are closed: nothing can be opened any more. Use those of another openScopes.',
      )
  }
}

/** The life that a handle belongs to from the beginning; one that may create belongs to none that has ended. */
function lifeOf({ copy }: ScopeState, { creates = true }: OpenOptions): Life | undefined {
  if (typeof creates !== 'boolean') {
    throw new InvalidArgumentError(`creates is ${quoted(creates)}; it must be true or false.`)
  }
  return creates || copy?.document.type !== 'ended' ? undefined : copy.document.life
}
