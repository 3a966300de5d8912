import {
  type BackgroundFailedMessage,
  type ChangeMessage,
  type ClockMessage,
  type CommitMessage,
  type ConflictMessage,
  type EndMessage,
  type FeedLagMessage,
  type FeedStatusMessage,
  type LoadMessage,
  type OpenMessage,
  type ReaperMessage,
  type RollbackMessage,
  type StoreCall,
  type TracedOperation,
  type UnreadableMessage,
  diagnostics,
  parseDocumentKey,
} from '@scopes/core'
import { type Ended, errorType } from './failure.ts'
import type { Instruments } from './instruments.ts'
import { type Listening, tracingNames } from './listening.ts'
import { recordLock } from './lock-metrics.ts'
import { scopeAttributes } from './operation-facts.ts'
import { recordOperation } from './operation-metrics.ts'

/** Metrics of what core tells. */
export class CoreMetrics {
  readonly #instruments: Instruments
  readonly #system: string
  /** When what is under way began, in milliseconds. */
  readonly #begun = new WeakMap<object, number>()

  constructor(instruments: Instruments, system: string) {
    this.#instruments = instruments
    this.#system = system
  }

  listen(listening: Listening): void {
    const instruments = this.#instruments
    for (const { name } of [diagnostics.operation, diagnostics.storeCall]) {
      listening.on(tracingNames(name).start, (begun: object) => void this.#begun.set(begun, performance.now()))
    }
    listening.on(tracingNames(diagnostics.operation.name).end, (ended: TracedOperation & Ended) => {
      const seconds = this.#secondsOf(ended)
      if (seconds !== undefined) recordOperation(instruments, ended, seconds)
    })
    listening.on(tracingNames(diagnostics.storeCall.name).end, (ended: StoreCall & Ended) => this.#recordCall(ended))
    this.#listenToScopes(listening)
    this.#listenToProcess(listening)
  }

  #listenToScopes(listening: Listening): void {
    const instruments = this.#instruments
    listening.on(diagnostics.open.name, ({ key, source }: OpenMessage) =>
      instruments.record('scopes.open', 1, { ...scopeAttributes(key), 'scopes.source': source }),
    )
    listening.on(diagnostics.commit.name, ({ key, attempts, bytes, merged }: CommitMessage) => {
      const attributes = { ...scopeAttributes(key), 'scopes.commit.merged': merged }
      instruments.record('scopes.commit.attempts', attempts, attributes)
      instruments.record('scopes.commit.bytes', bytes, scopeAttributes(key))
    })
    listening.on(diagnostics.conflict.name, ({ key, path, policy, lost }: ConflictMessage) =>
      instruments.record('scopes.conflict', 1, {
        ...scopeAttributes(key),
        // No more of the path: below it are keys and ids of the application, as many as it has.
        'scopes.property': String(path[0] ?? ''),
        'scopes.policy': policy,
        'scopes.lost': lost,
      }),
    )
    listening.on(diagnostics.load.name, ({ documentKey, bytes }: LoadMessage) =>
      instruments.record('scopes.load.bytes', bytes, attributesOf(documentKey)),
    )
    listening.on(diagnostics.change.name, ({ key, type, reason }: ChangeMessage) =>
      instruments.record('scopes.change', 1, {
        ...scopeAttributes(key),
        'scopes.change.type': type,
        ...(reason !== undefined && { 'scopes.change.reason': reason }),
      }),
    )
    listening.on(diagnostics.end.name, ({ documentKey, reason }: EndMessage) =>
      instruments.record('scopes.end', 1, { ...attributesOf(documentKey), 'scopes.end.reason': reason }),
    )
    listening.on(diagnostics.rollback.name, ({ documentKey }: RollbackMessage) =>
      instruments.record('scopes.rollback', 1, attributesOf(documentKey)),
    )
    listening.on(diagnostics.unreadable.name, ({ documentKey }: UnreadableMessage) =>
      instruments.record('scopes.unreadable', 1, attributesOf(documentKey)),
    )
    listening.on(diagnostics.lock.name, recordLock(instruments))
  }

  #listenToProcess(listening: Listening): void {
    const instruments = this.#instruments
    listening.on(diagnostics.backgroundFailed.name, ({ documentKey, what, error }: BackgroundFailedMessage) =>
      instruments.record('scopes.background.failure', 1, {
        ...attributesOf(documentKey),
        'scopes.background.work': what,
        'error.type': errorType(error),
      }),
    )
    listening.on(diagnostics.feedLag.name, ({ application, lagMs }: FeedLagMessage) =>
      instruments.record('scopes.feed.lag', lagMs / 1000, { 'scopes.application': application }),
    )
    listening.on(diagnostics.feed.name, ({ status, error }: FeedStatusMessage) => {
      if (status === 'live') return
      instruments.record('scopes.feed.interruption', 1, error === undefined ? {} : { 'error.type': errorType(error) })
    })
    listening.on(diagnostics.reaper.name, (message: ReaperMessage) => {
      const attributes = { 'scopes.application': message.application }
      switch (message.type) {
        case 'shares':
          return instruments.record('scopes.reaper.partitions', message.partitions, attributes)
        case 'scanned':
          return instruments.record('scopes.reaper.deadlines', message.deadlines, attributes)
        case 'not-covered':
          return instruments.record('scopes.reaper.partitions', 0, attributes)
        default:
          message satisfies never
      }
    })
    listening.on(diagnostics.clock.name, (message: ClockMessage) => {
      switch (message.type) {
        case 'apart':
          return instruments.record('scopes.clock.skew', message.byMs / 1000)
        case 'agreed':
          return instruments.record('scopes.clock.skew', 0)
        case 'jumped':
          return instruments.record('scopes.clock.jump', 1)
        default:
          message satisfies never
      }
    })
  }

  #recordCall(call: StoreCall & Ended): void {
    const seconds = this.#secondsOf(call)
    if (seconds === undefined) return
    this.#instruments.record('db.client.operation.duration', seconds, {
      'db.system.name': this.#system,
      'db.operation.name': call.type,
      ...('error' in call && { 'error.type': errorType(call.error) }),
    })
  }

  /** Undefined: it began before this telemetry did. */
  #secondsOf(ended: object): number | undefined {
    const begun = this.#begun.get(ended)
    return begun === undefined ? undefined : (performance.now() - begun) / 1000
  }
}

function attributesOf(documentKey: string): ReturnType<typeof scopeAttributes> {
  return scopeAttributes(parseDocumentKey(documentKey))
}
