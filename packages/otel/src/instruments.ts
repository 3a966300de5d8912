import type { Attributes, Counter, Gauge, Histogram, Meter } from '@opentelemetry/api'

/** What is counted or measured. Durations are seconds, sizes bytes, as OpenTelemetry has them. */
const durationBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const byteBuckets = [64, 128, 256, 512, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576]
const attemptBuckets = [1, 2, 3, 4, 6, 8, 16, 32]

/** Every metric by its name: what kind it is, its unit, and which question it answers. */
export const metricTable = {
  'scopes.open': {
    type: 'counter',
    unit: '{open}',
    description: 'Opened scopes, by what answered: memory or the store',
  },
  'scopes.open.duration': { type: 'duration', unit: 's', description: 'How long an open took that asked the store' },
  'scopes.commit.duration': { type: 'duration', unit: 's', description: 'How long a commit took, from the call' },
  'scopes.commit.attempts': { type: 'attempts', unit: '{request}', description: 'Requests that a stored commit took' },
  'scopes.commit.bytes': { type: 'bytes', unit: 'By', description: 'What a stored commit added to its document' },
  'scopes.conflict': {
    type: 'counter',
    unit: '{decision}',
    description: 'Decisions of merges, by property and policy',
  },
  'scopes.load.bytes': { type: 'bytes', unit: 'By', description: 'What the store sent to a reader' },
  'scopes.change': {
    type: 'counter',
    unit: '{change}',
    description: 'Changes seen of scopes that are held here, by type',
  },
  'scopes.renewal': {
    type: 'counter',
    unit: '{renewal}',
    description: 'Deadlines that were due: sent, coalesced or failed',
  },
  'scopes.end': { type: 'counter', unit: '{scope}', description: 'Scopes that this process has ended, by reason' },
  'scopes.end.duration': { type: 'duration', unit: 's', description: 'How long an end took, with its handlers' },
  'scopes.end_all.duration': {
    type: 'duration',
    unit: 's',
    description: 'How long it took to end all of an index value',
  },
  'scopes.rotate.duration': {
    type: 'duration',
    unit: 's',
    description: 'How long it took to move a scope to another id',
  },
  'scopes.deliver.duration': { type: 'duration', unit: 's', description: 'How long the end handlers took for one end' },
  'scopes.lock.wait': { type: 'duration', unit: 's', description: 'How long a lock was waited for, by how that ended' },
  'scopes.lock.held': { type: 'duration', unit: 's', description: 'How long a lock was held' },
  'scopes.lock.lost': { type: 'counter', unit: '{lock}', description: 'Locks that were lost while their body ran' },
  'scopes.lock.deadlock': {
    type: 'counter',
    unit: '{lock}',
    description: 'Time-outs of a caller who held other locks',
  },
  'scopes.feed.lag': { type: 'duration', unit: 's', description: 'How far memory is behind the store' },
  'scopes.feed.interruption': {
    type: 'counter',
    unit: '{interruption}',
    description: 'Readings of the feed that broke off',
  },
  'scopes.feed.trouble': {
    type: 'counter',
    unit: '{trouble}',
    description: 'What the Couchbase feed got over, by type',
  },
  'scopes.rollback': {
    type: 'counter',
    unit: '{scope}',
    description: 'Scopes whose acknowledged commits the store lost',
  },
  'scopes.unreadable': { type: 'counter', unit: '{document}', description: 'Documents that could not be decoded' },
  'scopes.background.failure': { type: 'counter', unit: '{failure}', description: 'Failures of what nobody awaits' },
  'scopes.reaper.partitions': {
    type: 'gauge',
    unit: '{partition}',
    description: 'Of 64: those whose scopes this process ends',
  },
  'scopes.reaper.deadlines': { type: 'gauge', unit: '{scope}', description: 'Deadlines that this process waits for' },
  'scopes.clock.skew': { type: 'gauge', unit: 's', description: 'How far clocks are apart; 0: they agree again' },
  'scopes.clock.jump': { type: 'counter', unit: '{jump}', description: 'Jumps of the wall clock of this process' },
  'scopes.sqlite.transaction': { type: 'counter', unit: '{transaction}', description: 'Transactions of this process' },
  'scopes.sqlite.mutation': {
    type: 'counter',
    unit: '{mutation}',
    description: 'Mutations in them: more is more per disk write',
  },
  'scopes.sqlite.busy': { type: 'counter', unit: '{try}', description: 'Tries that found another process writing' },
  'scopes.sqlite.wal.size': { type: 'gauge', unit: 'By', description: 'The WAL when it had to be emptied' },
  'scopes.sqlite.expired': {
    type: 'counter',
    unit: '{document}',
    description: 'Documents removed past their deadline',
  },
  'scopes.sqlite.branch': { type: 'counter', unit: '{branch}', description: 'New histories: every feed token is void' },
  'scopes.http.late': {
    type: 'counter',
    unit: '{write}',
    description: 'Changes that came too late for the answer, or the session',
  },
  'scopes.http.insecure_cookie': {
    type: 'counter',
    unit: '{gate}',
    description: 'Secure cookies over an insecure connection',
  },
  'scopes.cfml.cookie.refused': {
    type: 'counter',
    unit: '{cookie}',
    description: 'Client cookies that counted as none',
  },
  'db.client.operation.duration': { type: 'duration', unit: 's', description: 'How long a request to the store took' },
} as const

/** The names of the metrics. */
export type MetricName = keyof typeof metricTable

/** Makes instruments of a meter, each when it is first needed: what does not happen is not exported. */
export class Instruments {
  readonly #meter: Meter
  readonly #made = new Map<MetricName, Counter | Gauge | Histogram>()

  constructor(meter: Meter) {
    this.#meter = meter
  }

  /** Adds to a counter, adds a measurement to a distribution, or sets a gauge. */
  record(name: MetricName, value: number, attributes: Attributes = {}): void {
    let instrument = this.#made.get(name)
    if (instrument === undefined) {
      instrument = this.#make(name)
      this.#made.set(name, instrument)
    }
    if ('add' in instrument) instrument.add(value, attributes)
    else instrument.record(value, attributes)
  }

  #make(name: MetricName): Counter | Gauge | Histogram {
    const { type, unit, description } = metricTable[name]
    const options = { unit, description }
    switch (type) {
      case 'counter':
        return this.#meter.createCounter(name, options)
      case 'gauge':
        return this.#meter.createGauge(name, options)
      case 'duration':
        return this.#histogram(name, options, durationBuckets)
      case 'bytes':
        return this.#histogram(name, options, byteBuckets)
      case 'attempts':
        return this.#histogram(name, options, attemptBuckets)
      default:
        return type satisfies never
    }
  }

  #histogram(
    name: string,
    options: { readonly unit: string; readonly description: string },
    explicitBucketBoundaries: number[],
  ): Histogram {
    return this.#meter.createHistogram(name, { ...options, advice: { explicitBucketBoundaries } })
  }
}
