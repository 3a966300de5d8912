import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import {
  type Clock,
  type DocumentStore,
  type FeedLagMessage,
  type FeedStatus,
  type ScopeConflict,
  type Scopes,
  diagnostics,
} from '@scopes/core'
import { Activity } from './activity.ts'
import { watchCommits } from './commit-latency.ts'
import { Listing } from './listing.ts'
import type { ConflictLine, EventLine, FeedLamp, Hello, Overview, StreamEvents } from './page-data.ts'
import { watchProcess } from './process-events.ts'
import { Rates } from './rates.ts'
import { showBriefly, showPath } from './shown-value.ts'
import { StoreWatch } from './store-watch.ts'

/** What an inspection looks at. */
export interface InspectionParts {
  readonly store: DocumentStore
  /** Names the store to whoever looks. */
  readonly name: string
  /** Those of this process, on the same store; undefined: it only looks. */
  readonly scopes: Scopes | undefined
  readonly clock: Clock
}

/** Whoever is told of an inspection. */
export type InspectionListener = <Name extends keyof StreamEvents>(name: Name, data: StreamEvents[Name]) => void

/** What has changed is told together, so often. */
const turnMs = 250
const turnsOfSecond = 4

/** So many of each are kept for pages that are opened later. */
const linesKept = 100

/** All that pages see of a store and of the process, for as long as somebody looks. */
export class Inspection {
  readonly watch: StoreWatch
  readonly listing: Listing
  readonly #parts: InspectionParts
  readonly #rates: Rates
  readonly #activity: Activity
  readonly #conflicts: ConflictLine[] = []
  readonly #events: EventLine[] = []
  readonly #listeners = new Set<InspectionListener>()
  readonly #stop = new AbortController()
  readonly #ends: (() => void)[] = []
  #replicas: FeedLamp | undefined
  #replicaLagMs: number | undefined
  #news: { readonly conflicts: ConflictLine[]; readonly events: EventLine[] } = { conflicts: [], events: [] }
  #told = ''

  constructor(parts: InspectionParts) {
    this.#parts = parts
    const { store, scopes, clock } = parts
    this.#rates = new Rates(scopes !== undefined)
    this.#activity = new Activity(this.#rates)
    this.watch = new StoreWatch(store, clock, {
      onChange: (change, bytes) => this.#activity.take(change, bytes, clock.now()),
    })
    this.listing = new Listing(this.watch.index)
    this.#ends.push(watchProcess(event => this.#take('events', { seenAt: clock.now(), ...event })))
    if (scopes) this.#watchScopes(scopes)
    // Rejects never: it waits and tells.
    void this.#tellOnAndOn()
  }

  /** What a page that comes now is told first. */
  get hello(): Hello {
    const { name, scopes } = this.#parts
    return {
      store: name,
      ...(scopes && { process: scopes.process, application: scopes.application }),
      samples: this.#rates.samples,
      activity: this.#activity.lines,
      conflicts: this.#conflicts,
      events: this.#events,
    }
  }

  get overview(): Overview {
    const { index, lamp, isPartial } = this.watch
    return {
      totals: index.totals,
      feed: lamp,
      isPartial,
      ...(this.#replicas && { replicas: this.#replicas }),
      ...(this.#replicaLagMs !== undefined && { replicaLagMs: this.#replicaLagMs }),
    }
  }

  /** From now on the listener is told what changes, until the returned function is called. */
  listen(listener: InspectionListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Afterwards nothing is read any more, and nobody is told. */
  close(): void {
    this.#stop.abort()
    this.watch.stop()
    this.#listeners.clear()
    for (const end of this.#ends.splice(0)) end()
  }

  #watchScopes(scopes: Scopes): void {
    const { clock } = this.#parts
    const { application } = scopes
    const unwatch = watchCommits(
      application,
      () => clock.monotonic(),
      durationMs => this.#rates.latency(durationMs),
    )
    const conflicts = scopes.conflicts$.subscribe(conflict => {
      this.#rates.conflict()
      this.#take('conflicts', lineOf(conflict, clock.now()))
    })
    const status = scopes.status$.subscribe(now => (this.#replicas = lampOf(now)))
    const lag = (message: unknown): void => {
      const { application: whose, lagMs } = message as FeedLagMessage
      if (whose === application) this.#replicaLagMs = Math.round(lagMs)
    }
    subscribe(diagnostics.feedLag.name, lag)
    this.#ends.push(
      unwatch,
      () => unsubscribe(diagnostics.feedLag.name, lag),
      () => conflicts.unsubscribe(),
      () => status.unsubscribe(),
    )
  }

  #take(name: 'conflicts', line: ConflictLine): void
  #take(name: 'events', line: EventLine): void
  #take(name: 'conflicts' | 'events', line: ConflictLine | EventLine): void {
    const kept: (ConflictLine | EventLine)[] = name === 'conflicts' ? this.#conflicts : this.#events
    const news: (ConflictLine | EventLine)[] = this.#news[name]
    for (const lines of [kept, news]) {
      lines.push(line)
      if (lines.length > linesKept) lines.shift()
    }
  }

  async #tellOnAndOn(): Promise<void> {
    const { clock } = this.#parts
    const { signal } = this.#stop
    for (let turn = 1; ; turn++) {
      await clock.sleep(turnMs, signal, { isBackground: true })
      if (signal.aborted) return
      this.#tellNews()
      if (turn % turnsOfSecond === 0) this.#tell('sample', this.#rates.close(clock.now()))
    }
  }

  #tellNews(): void {
    const activity = this.#activity.read()
    if (activity.length > 0) this.#tell('activity', activity)
    const { conflicts, events } = this.#news
    this.#news = { conflicts: [], events: [] }
    if (conflicts.length > 0) this.#tell('conflicts', conflicts)
    if (events.length > 0) this.#tell('events', events)
    const { overview } = this
    const text = JSON.stringify(overview)
    if (text === this.#told) return
    this.#told = text
    this.#tell('overview', overview)
  }

  #tell: InspectionListener = (name, data) => {
    for (const listener of this.#listeners) listener(name, data)
  }
}

function lineOf(conflict: ScopeConflict, seenAt: number): ConflictLine {
  const { key, version, path, kind, policy, lost, base, ours, theirs, result } = conflict
  return {
    key: `${key.kind}:${key.application}:${key.id}`,
    kind: key.kind,
    id: key.id,
    version,
    seenAt,
    path: showPath(path),
    what: kind,
    policy,
    lost,
    ...(base !== undefined && { base: showBriefly(base) }),
    ...(ours !== undefined && { ours: showBriefly(ours) }),
    ...(theirs !== undefined && { theirs: showBriefly(theirs) }),
    ...(result !== undefined && { result: showBriefly(result) }),
  }
}

function lampOf(status: FeedStatus): FeedLamp {
  switch (status.type) {
    case 'idle':
    case 'live':
      return { status: status.type }
    case 'catching-up':
      return { status: 'catching-up', since: status.since }
    case 'degraded':
      return { status: 'degraded', since: status.since, reason: status.reason }
    default:
      return status satisfies never
  }
}
