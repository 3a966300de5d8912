import {
  type DocumentStore,
  type FeedMessage,
  InvalidArgumentError,
  type StoreToken,
  StoreUnavailableError,
} from '@scopes/core'

/** Which documents are wanted. */
export interface DocumentFilter {
  /** Kinds of scopes, or `lock`, `index`, `end`. Absent: all. */
  readonly kinds?: readonly string[] | undefined
  readonly signal?: AbortSignal | undefined
}

/** A document as it is stored, with its key. */
export interface KeyedDocument {
  readonly key: string
  readonly bytes: Uint8Array
  readonly token: StoreToken
}

/**
 * Every document that is stored at this call, in the order of the store, read as it is asked for: nothing but a bounded part of
 * the store is in memory. One that changes meanwhile may come twice, the newer one last.
 * Rejects with StoreUnavailableError when the store fails, and with InvalidArgumentError where its feed does not bring all.
 */
export function storedDocuments(
  store: DocumentStore,
  filter: DocumentFilter = {},
): AsyncGenerator<KeyedDocument, void, undefined> {
  return backlog(store, { ...filter, keysOnly: false }, ({ key, bytes, token }) => bytes && { key, bytes, token })
}

/** How many documents `storedDocuments` would bring, or a few less or more while they change. Their bytes are not read. */
export async function countDocuments(store: DocumentStore, filter: DocumentFilter = {}): Promise<number> {
  let count = 0
  for await (const _ of backlog(store, { ...filter, keysOnly: true }, ({ key }) => key)) count++
  return count
}

type FoundDocument = Extract<FeedMessage, { readonly type: 'document' }>

/** A long backlog comes without a pause: after so many the rest of the process has its turn. */
const turn = 128

/** What `pick` makes of each document; where that is undefined, it is left out. Each document passes through one generator. */
async function* backlog<Picked>(
  store: DocumentStore,
  { kinds, signal, keysOnly }: DocumentFilter & { readonly keysOnly: boolean },
  pick: (document: FoundDocument) => Picked | undefined,
): AsyncGenerator<Picked, void, undefined> {
  const { feed } = store
  const waiting = new Set<number>()
  let isFirst = true
  let taken = 0
  if (feed === undefined) throw notListed()
  for await (const message of feed.open({ since: 'beginning', kinds, keysOnly, signal })) {
    if (isFirst) {
      if (feed.coverage !== 'all') throw notListed()
      for (let partition = 0; partition < feed.partitions; partition++) waiting.add(partition)
    }
    isFirst = false
    if (message.type === 'document') {
      const picked = pick(message)
      if (picked !== undefined) yield picked
    }
    if (message.type === 'caught-up') waiting.delete(message.partition)
    if (message.type === 'lost' || message.type === 'rolled-back') waiting.add(message.partition)
    if (waiting.size === 0) return
    if (++taken % turn === 0) await new Promise<void>(resolve => setImmediate(resolve))
  }
  throw new StoreUnavailableError(
    'The documents were not all read: the reading was aborted, or the store was closed.',
    {
      cause: signal?.reason,
    },
  )
}

function notListed(): InvalidArgumentError {
  return new InvalidArgumentError('The documents of this store cannot be listed: its changes feed does not bring all.')
}
