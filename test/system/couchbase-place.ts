import type { ChangeFeed, Clock, DocumentStore } from '@scopes/core'
import { couchbaseStore } from '@scopes/couchbase'
import { type SeededRandom, seededRandom, type SystemPlace } from '@scopes/testing'
import { type CouchbaseServer, OPCODE, type ServerClock, startCouchbaseServer } from '@scopes/testing/couchbase-server'

const bucket = 'check'
const vbuckets = 8
/** As a real server: what has expired and is not asked for goes after so many milliseconds. */
const pagerMs = 600_000

/**
 * A bucket of two nodes in this process. What servers do happens to it too: vbuckets move, connections close, all of it is
 * started again, requests and answers are lost. Requests and time-outs take real time, so no run is quite like another.
 */
export async function couchbasePlace(clock: Clock, seed: number): Promise<SystemPlace> {
  const random = seededRandom(seed ^ 0xc0bb)
  const server = await startCouchbaseServer({
    nodes: 2,
    seed,
    clock: serverClockOf(clock),
    buckets: [{ name: bucket, vbuckets }],
  })
  const troubles = serverTroubles(server, clock, random)
  const feed = random.chance(0.25) ? ({ feed: 'polling', polling: { intervalMs: 20 } } as const) : {}
  return {
    open: async () => {
      const store = couchbaseStore({
        connectionString: server.connectionString,
        username: 'Administrator',
        password: 'password',
        bucket,
        timeoutMs: 300,
        openTimeoutMs: 60_000,
        clock,
        ...feed,
      })
      return disturbed(store, dated(store.feed, clock), troubles.happen)
    },
    isUnruly: true,
    calm: async () => troubles.stop(),
    teardown: () => server.close(),
  }
}

/** The server judges expiries by the clock of the run. */
export function serverClockOf(clock: Clock): ServerClock {
  return {
    nowMs: () => clock.now(),
    nowSeconds: () => Math.floor(clock.now() / 1000),
    advance: () => {
      throw new Error('The clock of a run is not moved by its server.')
    },
    every: () => ({ stop: () => {} }),
  }
}

const documentRequests = [OPCODE.get, OPCODE.add, OPCODE.append, OPCODE.replace, OPCODE.delete]

/** What happens to a server, some of it before a request. */
function serverTroubles(
  server: CouchbaseServer,
  clock: Clock,
  random: SeededRandom,
): { readonly happen: () => Promise<void>; readonly stop: () => void } {
  const strength = random.pick([0, 1, 2])
  let isOver = strength === 0
  let pagedAt = clock.now()
  const match = { opcode: documentRequests }
  for (const side of ['before', 'after'] as const) {
    server.faults.add({ type: 'swallow', side }, { match, chance: 0.004 * strength, times: strength })
    server.faults.add({ type: 'close', side }, { match, chance: 0.002 * strength, times: strength })
  }
  let restarts = random.chance(0.2 * strength) ? 1 : 0
  const happen = async (): Promise<void> => {
    if (clock.now() - pagedAt > pagerMs) {
      pagedAt = clock.now()
      server.bucket(bucket).runExpiryPager()
    }
    if (isOver || !random.chance(0.05 * strength)) return
    if (restarts > 0 && random.chance(0.15)) {
      restarts--
      await server.restart()
    } else if (random.chance(0.05)) await server.disconnectAll()
    else server.bucket(bucket).moveVbucket(random.below(vbuckets), random.below(2))
  }
  const stop = (): void => {
    isOver = true
    server.faults.clear()
  }
  return { happen, stop }
}

/** The store, with something happening to its server before some of the requests. */
function disturbed(store: DocumentStore, feed: ChangeFeed | undefined, happen: () => Promise<void>): DocumentStore {
  const after = async <Answer>(request: () => Promise<Answer>): Promise<Answer> => {
    await happen()
    return request()
  }
  return {
    capabilities: store.capabilities,
    feed,
    open: options => store.open(options),
    load: (key, options) => after(() => store.load(key, options)),
    insert: (...asked) => after(() => store.insert(...asked)),
    append: (...asked) => after(() => store.append(...asked)),
    replace: (...asked) => after(() => store.replace(...asked)),
    remove: (...asked) => after(() => store.remove(...asked)),
    close: () => store.close(),
  }
}

/**
 * The feed by the clock of the run: its own questions are sent by the clock of the machine, so each is dated by the last moment
 * that is known of both.
 */
export function dated(feed: ChangeFeed | undefined, clock: Clock): ChangeFeed | undefined {
  if (feed === undefined) return undefined
  let moments: readonly { readonly real: number; readonly run: number }[] = []
  const note = (): void => {
    moments = [...moments.slice(-999), { real: performance.now(), run: clock.monotonic() }]
  }
  const dateOf = (asOf: number): number => moments.findLast(({ real }) => real <= asOf)?.run ?? -Infinity
  return {
    get coverage() {
      return feed.coverage
    },
    get partitions() {
      return feed.partitions
    },
    open: options => {
      note()
      const messages = feed.open(options)
      return {
        [Symbol.asyncIterator]: () => {
          const source = messages[Symbol.asyncIterator]()
          return {
            next: async () => {
              const { done, value } = await source.next()
              if (done === true) return { done, value: undefined }
              return { done: false, value: value.type === 'caught-up' ? { ...value, asOf: dateOf(value.asOf) } : value }
            },
            // A generator's would come after the message that is being waited for.
            return: async () => {
              await source.return?.()
              return { done: true, value: undefined }
            },
          }
        },
      }
    },
    probe: options => {
      note()
      return feed.probe(options)
    },
  }
}
