import { setTimeout } from 'node:timers/promises'

import {
  type Durability,
  InvalidArgumentError,
  type MutationOptions,
  type MutationResult,
  StoreUnavailableError,
  type StoredDocument,
  type StoreToken,
  type WriteOptions,
  maxKeyBytes,
} from '@scopes/core'
import { type Collection, DurabilityLevel } from 'couchbase'

import { Aborts } from './aborts.ts'
import { abortedError, answerOf } from './answer.ts'
import { bytesTranscoder } from './bytes-transcoder.ts'
import type { Collections } from './collections.ts'
import type { ConnectedBucket } from './connect-bucket.ts'
import { Departures } from './departures.ts'
import { type SdkExpiry, absoluteExpiry, relativeExpiry } from './expiry.ts'
import {
  type MutationName,
  isLevelNotAvailable,
  isMissing,
  mapCouchbaseError,
  refusalOf,
  tooLarge,
} from './map-couchbase-error.ts'
import type { StoreSettings } from './options.ts'
import { ServerClock } from './server-clock.ts'
import { casOf, lockedCas, tokenOf } from './store-token.ts'

/** What the server takes at most for one document. */
export const maxDocumentBytes: number = 20 * 1024 * 1024

/** What a mutation of the SDK is called with. */
interface SdkOptions {
  readonly timeout: number
  readonly durabilityLevel: DurabilityLevel
}

/** One mutation: what it is called, where it goes, and the call of the SDK. */
interface Mutation {
  readonly name: MutationName
  readonly key: string
  readonly bytes: Uint8Array | undefined
  readonly send: (collection: Collection, options: SdkOptions) => Promise<{ readonly cas: { toString(): string } }>
}

/** Between looks at a document that another client has locked, in milliseconds. */
const lockedPauseMs = 50

/** A store that is connected: each call is one request. */
export class OpenStore {
  readonly #settings: StoreSettings
  readonly #connected: ConnectedBucket
  readonly #collections: Collections
  /** Calls that have no answer yet. */
  readonly #underWay = new Set<Promise<unknown>>()
  readonly #departures = new Departures()
  readonly #aborts = new Aborts()
  readonly #serverClock: ServerClock
  /** What "strongest" means here; lower once the bucket has said that it has no such level. */
  #strongest: DurabilityLevel

  constructor(settings: StoreSettings, connected: ConnectedBucket, collections: Collections) {
    this.#settings = settings
    this.#connected = connected
    this.#collections = collections
    this.#strongest = settings.strongest
    this.#serverClock = new ServerClock(settings)
  }

  /** Afterwards the collection is there. Rejects with StoreUnavailableError. */
  collectionReady(name: string): Promise<void> {
    return this.#collections.ready(name)
  }

  load(key: string, signal: AbortSignal | undefined): Promise<StoredDocument | undefined> {
    return answerOf(this.#tracked(this.#load(key)), { signal, aborts: this.#aborts, outcome: 'none' })
  }

  /** The token of the document, without the document; undefined: there is none. */
  peek(key: string, signal: AbortSignal): Promise<StoreToken | undefined> {
    return answerOf(this.#tracked(this.#peek(key)), { signal, aborts: this.#aborts, outcome: 'none' })
  }

  insert(key: string, bytes: Uint8Array, options: WriteOptions): Promise<MutationResult> {
    return this.#mutate(options, {
      name: 'insert',
      key,
      bytes,
      send: (collection, sdk) =>
        collection.insert(key, bufferOf(bytes), {
          ...sdk,
          ...this.#expiryOf(key, options),
          transcoder: bytesTranscoder,
        }),
    })
  }

  append(key: string, bytes: Uint8Array, token: StoreToken, options: MutationOptions): Promise<MutationResult> {
    const cas = casOf(token)
    return this.#mutate(options, {
      name: 'append',
      key,
      bytes,
      send: (collection, { timeout, durabilityLevel }) =>
        collection.binary().append(key, bufferOf(bytes), { timeout, durabilityLevel, cas }),
    })
  }

  replace(key: string, bytes: Uint8Array, token: StoreToken, options: WriteOptions): Promise<MutationResult> {
    const cas = casOf(token)
    return this.#mutate(options, {
      name: 'replace',
      key,
      bytes,
      send: (collection, sdk) =>
        collection.replace(key, bufferOf(bytes), {
          ...sdk,
          ...this.#expiryOf(key, options),
          cas,
          transcoder: bytesTranscoder,
        }),
    })
  }

  remove(key: string, token: StoreToken, options: MutationOptions): Promise<MutationResult> {
    const cas = casOf(token)
    return this.#mutate(options, {
      name: 'remove',
      key,
      bytes: undefined,
      send: (collection, sdk) => collection.remove(key, { ...sdk, cas }),
    })
  }

  /** Afterwards every call has been answered, and the connection is ended if it is the store's own. */
  async close(): Promise<void> {
    // Each ends by its own time-out at the latest.
    await Promise.allSettled(this.#underWay)
    await this.#connected.disconnect()
  }

  async #load(key: string): Promise<StoredDocument | undefined> {
    checkKey(key)
    const { timeoutMs, place } = this.#settings
    const until = performance.now() + timeoutMs
    try {
      const collection = await this.#collections.of(key)
      for (;;) {
        const { content, cas } = await this.#departures.leave(() =>
          collection.get(key, { transcoder: bytesTranscoder, timeout: timeoutMs }),
        )
        const token = tokenOf(cas)
        if (token !== lockedCas) return { bytes: content as Buffer, token }
        if (performance.now() > until) {
          throw new StoreUnavailableError(
            `Couchbase (${place}): ${key} is locked by another client (getAndLock): nothing was written. Try again when that has let it go.`,
          )
        }
        await setTimeout(lockedPauseMs)
      }
    } catch (error) {
      if (isMissing(error)) return undefined
      throw mapCouchbaseError(error, `load of ${key}`, place)
    }
  }

  async #peek(key: string): Promise<StoreToken | undefined> {
    checkKey(key)
    const { timeoutMs, place } = this.#settings
    try {
      const collection = await this.#collections.of(key)
      const { exists, cas } = await this.#departures.leave(() => collection.exists(key, { timeout: timeoutMs }))
      if (!exists || cas === undefined) return undefined
      const token = tokenOf(cas)
      // Locked by another client: whether it has changed is known when it is not any more.
      return token === lockedCas ? (await this.#load(key))?.token : token
    } catch (error) {
      throw mapCouchbaseError(error, `look at ${key}`, place)
    }
  }

  #mutate({ durability = 'usual', signal }: MutationOptions, mutation: Mutation): Promise<MutationResult> {
    if (signal?.aborted) return Promise.reject(abortedError(signal, 'none'))
    return answerOf(this.#tracked(this.#send(mutation, durability)), {
      signal,
      aborts: this.#aborts,
      outcome: 'unknown',
    })
  }

  async #send(mutation: Mutation, durability: Durability): Promise<MutationResult> {
    const { name, key, bytes, send } = mutation
    const { place } = this.#settings
    checkKey(key)
    if (bytes && bytes.length > maxDocumentBytes) {
      throw tooLarge(`${name} of ${bytes.length} bytes to ${key}`, place)
    }
    const collection = this.#collections.of(key)
    const ready = collection instanceof Promise ? await collection : collection
    const level = durability === 'strongest' ? this.#strongest : this.#settings.durability
    try {
      const sentAt = this.#settings.clock.now()
      const { cas } = await this.#departures.leave(() => send(ready, this.#sdkOptions(level)))
      const token = tokenOf(cas)
      this.#serverClock.answered(token, sentAt)
      return { type: 'done', token }
    } catch (error) {
      // A definite no, so the request may be made again (commit protocol T2): a bucket without disks has no such level.
      if (durability === 'strongest' && level > DurabilityLevel.Majority && isLevelNotAvailable(error)) {
        this.#strongest = DurabilityLevel.Majority
        return this.#send(mutation, durability)
      }
      const reason = refusalOf(name, error)
      if (reason) return { type: 'refused', reason }
      throw mapCouchbaseError(error, `${name} of ${key}`, place)
    }
  }

  #sdkOptions(durabilityLevel: DurabilityLevel): SdkOptions {
    const { timeoutMs, durableTimeoutMs } = this.#settings
    return { durabilityLevel, timeout: durabilityLevel === DurabilityLevel.None ? timeoutMs : durableTimeoutMs }
  }

  #expiryOf(key: string, { expiresAt, ttlSeconds }: WriteOptions): { readonly expiry?: SdkExpiry } {
    if (ttlSeconds !== undefined) return { expiry: relativeExpiry(key, ttlSeconds, this.#settings.clock.now()) }
    return expiresAt === undefined ? {} : { expiry: absoluteExpiry(key, expiresAt) }
  }

  #tracked<Answer>(answer: Promise<Answer>): Promise<Answer> {
    this.#underWay.add(answer)
    const settle = (): void => void this.#underWay.delete(answer)
    answer.then(settle, settle)
    return answer
  }
}

function checkKey(key: string): void {
  const bytes = Buffer.byteLength(key)
  if (bytes >= 1 && bytes <= maxKeyBytes) return
  throw new InvalidArgumentError(`A key has 1 to ${maxKeyBytes} bytes; ${JSON.stringify(key)} has ${bytes}.`)
}

/** The same memory: the SDK copies it in the call. */
function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
