import { InvalidArgumentError, StoreUnavailableError } from '../errors.ts'
import type { ChangeFeed, FeedMessage, FeedOptions, FeedToken } from '../feed/change-feed.ts'
import type { StoreCallOptions } from './document-store.ts'
import { MemoryReading, type MemoryStart } from './memory-reading.ts'
import type { MemorySource } from './memory-source.ts'

/** The changes feed of a memory store: one partition, resumed by the number of a change. */
export function memoryFeed(source: MemorySource): ChangeFeed {
  return {
    coverage: 'all',
    partitions: 1,
    open(options: FeedOptions = {}): AsyncIterable<FeedMessage> {
      // The start is where the log ends at this call, not at the first pull: what happens in between belongs to the reader.
      const start = startOf(source, options.since ?? 'now')
      return { [Symbol.asyncIterator]: () => new MemoryReading(source, start, options).iterator() }
    },
    async probe({ signal }: StoreCallOptions = {}): Promise<void> {
      if (signal?.aborted === true) {
        throw new StoreUnavailableError('The probe was aborted before it was sent.', { cause: signal.reason })
      }
      source.check()
      source.sweep()
      source.log.ask(source.clock.monotonic())
    },
  }
}

function startOf(source: MemorySource, since: FeedToken | 'now' | 'beginning'): MemoryStart {
  try {
    source.check()
    source.sweep()
    return {
      ...placeOf(source, since),
      end: source.log.last,
      asOf: source.clock.monotonic(),
      closings: source.closings,
    }
  } catch (error) {
    return { type: 'failed', error }
  }
}

function placeOf({ id, log }: MemorySource, since: string): { type: 'log' | 'all' | 'foreign'; place: number } {
  if (since === 'now') return { type: 'log', place: log.last }
  if (since === 'beginning') return { type: 'all', place: 0 }
  const [, store, number] = /^m1\.([0-9a-f]{16})\.(\d{1,15})$/.exec(since) ?? []
  if (number === undefined) {
    throw new InvalidArgumentError(`${JSON.stringify(since)} is no token of a memory store's feed.`)
  }
  const place = Number(number)
  return store === id && place <= log.last ? { type: 'log', place } : { type: 'foreign', place: 0 }
}
