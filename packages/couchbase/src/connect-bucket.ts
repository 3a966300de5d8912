import { setTimeout } from 'node:timers/promises'

import { type ScopesError, StoreUnavailableError } from '@scopes/core'
import { type Bucket, type Cluster, connect } from 'couchbase'

import { isAnswer, mapOpeningError, mayComeUp } from './map-couchbase-error.ts'
import type { OpeningWork } from './opening.ts'
import type { Connection, StoreSettings } from './options.ts'
import { probeKey } from './probe-key.ts'

/** A bucket that answers. */
export interface ConnectedBucket {
  readonly bucket: Bucket
  /** Ends the connection, if it is the store's own. */
  readonly disconnect: () => Promise<void>
}

/** The first try to connect gets so long, in milliseconds, and each next one twice as long: what was in the way is known soon. */
const firstTryMs = 1000
/** Between tries. */
const pauseMs = 200
/** The first look at the bucket; each next one waits twice as long, for a bucket that takes its time. */
const firstLookMs = 250

/**
 * Waits until the bucket answers: a cluster that is not there yet may come up within `openTimeoutMs`. Gives up when `signal` aborts.
 * Rejects with StoreUnavailableError, at once when waiting cannot help: a wrong password, a bucket that does not exist.
 */
export async function connectBucket(
  settings: StoreSettings,
  { signal, onFailure }: OpeningWork,
): Promise<ConnectedBucket> {
  const until = performance.now() + settings.openTimeoutMs
  let last: unknown
  for (let tryMs = firstTryMs; ; tryMs *= 2) {
    const leftMs = until - performance.now()
    if (signal.aborted || leftMs <= 0) throw failure(last, settings)
    try {
      return await connectOnce(settings, Math.min(tryMs, leftMs), signal)
    } catch (error) {
      if (!mayComeUp(error)) throw failure(error, settings)
      last = error
      onFailure(failure(error, settings))
    }
    // Ended by the deadline or the signal, at the top of the loop.
    await setTimeout(pauseMs, undefined, { signal }).catch(() => {})
  }
}

async function connectOnce(
  { connection, bucket: name, place }: StoreSettings,
  leftMs: number,
  signal: AbortSignal,
): Promise<ConnectedBucket> {
  const until = performance.now() + leftMs
  const cluster = await clusterOf(connection, Math.ceil(leftMs))
  const disconnect = async (): Promise<void> => {
    if (connection.type === 'own') await cluster.close()
  }
  try {
    const bucket = cluster.bucket(name)
    await firstAnswer(bucket, until, signal)
    return { bucket, disconnect }
  } catch (error) {
    await disconnect()
    if (!mayComeUp(error)) throw error
    throw new StoreUnavailableError(
      `Couchbase (${place}) answers, but its bucket ${name} does not. Is there one of this name?`,
      { cause: error },
    )
  }
}

function clusterOf(connection: Connection, timeoutMs: number): Cluster | Promise<Cluster> {
  if (connection.type === 'lent') return connection.cluster
  const { connectionString, options } = connection
  return connect(connectionString, { ...options, timeouts: { bootstrapTimeout: timeoutMs, ...options.timeouts } })
}

/**
 * Resolves when the bucket gives any answer. The SDK tells nobody but the console that it could not open a bucket; but a
 * request that comes after that opens it again, and is told why not.
 */
async function firstAnswer(bucket: Bucket, until: number, signal: AbortSignal): Promise<void> {
  for (let timeout = firstLookMs; ; timeout *= 2) {
    try {
      await bucket.defaultCollection().get(probeKey, { timeout })
      return
    } catch (error) {
      if (isAnswer(error)) return
      if (!mayComeUp(error) || signal.aborted || performance.now() > until) throw error
    }
  }
}

function failure(error: unknown, { place }: StoreSettings): ScopesError {
  if (error === undefined)
    return new StoreUnavailableError(
      `Couchbase (${place}) did not answer in time: are the address and the network right, and is it up?`,
    )
  return mapOpeningError(error, 'the store was not opened', place)
}
