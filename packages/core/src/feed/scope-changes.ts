import type { Clock } from '../clock.ts'
import { decodeDocument } from '../document/decode.ts'
import type { ScopeDocument } from '../document/scope-document.ts'
import { InvalidArgumentError, UnreadableDocumentError } from '../errors.ts'
import { parseDocumentKey, type ScopeKey } from '../document/scope-key.ts'
import type { StoredDocument } from '../document/stored-document.ts'
import type { FeedMessage, FeedOptions, FeedToken, KeyMessage } from './change-feed.ts'
import { type Folded, observe } from './fold.ts'
import type { DocumentSeen, RemovalSeen, ToldDocument } from './observation.ts'
import { type PositionEntry, PositionTable, type ScopeAddress } from './position-table.ts'
import { type FoldedChange, type PartitionChange, type ScopeChange, toScopeChange } from './scope-change.ts'
import { type KnownPosition, onLost, onRolledBack, openSlot, type Slot, slotOf } from './slot.ts'

/** What a follower needs besides the messages. */
export interface ScopeChangesOptions {
  /** From where the messages were opened. */
  readonly since?: FeedOptions['since']
  /** Where the consumer stands, by what it has stored; asked for a key of which no position is held here. */
  readonly known?: ((key: ScopeKey) => KnownPosition | undefined) | undefined
  /** Changes of other scopes are not told. Default: all are. */
  readonly accepts?: ((key: ScopeKey) => boolean) | undefined
  /** How many positions are held, 100,000 by default. A dropped one costs one `reset` (`first`). */
  readonly maxPositions?: number | undefined
  readonly clock: Clock
  /** Loads from the store; never answers with what was read before this call. */
  readonly load: (documentKey: string) => Promise<StoredDocument | undefined>
  /** A document of this key that is held in memory, so that only what is newer has to be decoded. */
  readonly documentOf?: ((documentKey: string) => ScopeDocument | undefined) | undefined
  /** What the consumer is to see of a document. @throws UnreadableDocumentError where it is nothing. Default: as it is stored. */
  readonly tell?: ((key: ScopeKey, document: ScopeDocument) => ToldDocument) | undefined
  /** A life whose end was told is alive again: afterwards it has been ended with this token, or that was refused. */
  readonly endAgain: (documentKey: string, seen: DocumentSeen) => Promise<void>
  /** A document cannot be read or told; the changes of other scopes go on. */
  readonly onUnreadable: (documentKey: string, error: UnreadableDocumentError) => void
}

/**
 * Tells one consumer the changes that the messages of a feed mean: per scope in version order, at least once, nothing
 * twice by effect (life, version, commit id). What frames cannot bridge is one `reset`. A message's feed token is handed
 * out with the last change that it made, so it never covers a change that has not been handed out; after `rolled-back`
 * and `lost` all scopes known here are read again first.
 *
 * `created` is told only to a consumer who holds nothing of the scope; else it might hold another life that it was never
 * told to have ended. It holds nothing if `known` says so; without `known`, if the subscription began at `now` or
 * `beginning` and no position of a living scope has been dropped. Everybody else gets `reset` (`first`), as does a
 * consumer from `now` on who meets a scope that was created earlier and has changed since. Within those bounds a life is
 * told as created once, because the slot, or `known`, remembers it.
 *
 * A scope found past its deadline is not told alive; one that a rotation has not decided on yet is not told at all.
 */
export class ScopeChangeFollower {
  readonly #options: ScopeChangesOptions
  readonly #slots: PositionTable
  /** The consumer may have been told of scopes that have no slot here. */
  readonly #isResumed: boolean
  /** Wall clock from which on a creation is news; what was before is history that nobody asked for. */
  readonly #newsFrom: number
  #feedToken: FeedToken | undefined

  constructor(options: ScopeChangesOptions) {
    const { since = 'now', maxPositions = 100_000, clock } = options
    this.#options = options
    this.#slots = new PositionTable(maxPositions)
    this.#isResumed = since !== 'now' && since !== 'beginning'
    this.#newsFrom = since === 'now' ? clock.now() : -Infinity
    this.#feedToken = since === 'now' || since === 'beginning' ? undefined : since
  }

  /** Where to open the feed to go on: it covers what was handed out, and nothing else. Undefined before the first token. */
  get feedToken(): FeedToken | undefined {
    return this.#feedToken
  }

  /**
   * The changes of these messages. Rejects as the messages and `load` do; then open the feed at `feedToken` and call
   * this again: positions are kept, so nothing is told twice by effect.
   */
  async *follow(messages: AsyncIterable<FeedMessage>): AsyncGenerator<ScopeChange | PartitionChange, void, undefined> {
    let received = 0
    for await (const message of messages) {
      const { type, partition, feedToken } = message
      if (type === 'document' || type === 'removed') {
        const address = this.#addressOf(message)
        const folded = address && this.#fold(address, message)
        if (folded !== undefined && address !== undefined) {
          const { slot, changes } = needsStore(folded) ? await this.#settle(address, folded) : folded
          this.#slots.set(address, slot)
          for (let index = 0; index < changes.length; index++) {
            const isLast = index === changes.length - 1
            const change = changes[index]
            if (change) yield toScopeChange(address.key, change, isLast ? feedToken : this.#feedToken)
          }
        }
      } else if (type === 'caught-up') yield { type, partition, feedToken }
      else {
        // tell-subscriber: it may know scopes that have no slot here.
        yield { type, partition, feedToken: this.#feedToken }
        yield* this.#readAllAgain(partition, type === 'lost' ? onLost : onRolledBack)
      }
      // save-after, token-waits
      this.#feedToken = feedToken
      // A long backlog comes without a pause: the rest of the process has its turn.
      if (++received % turn === 0) await new Promise<void>(resolve => setImmediate(resolve))
    }
  }

  /** Undefined: nobody is to be told of it. */
  #addressOf({ key: documentKey, partition }: KeyMessage): ScopeAddress | undefined {
    const key = parseDocumentKey(documentKey)
    if (key === undefined || this.#options.accepts?.(key) === false) return undefined
    return { key, documentKey, partition }
  }

  /** Undefined when the message says nothing that is to be told. */
  #fold(address: ScopeAddress, message: KeyMessage): Folded | undefined {
    const observation = message.type === 'removed' ? removalOf(message) : this.#decode(address, storedIn(message))
    if (observation === undefined) return undefined
    const slot = this.#slots.get(address.documentKey) ?? this.#knownSlot(address.key)
    if (observation.type === 'removed') return observe(slot, observation, 'feed')
    const { document } = observation
    if (!this.#isTold(document, slot)) return undefined
    return observe(slot ?? this.#newSlot(document), observation, 'feed')
  }

  #knownSlot(key: ScopeKey): Slot | undefined {
    const position = this.#options.known?.(key)
    return position && slotOf(position)
  }

  #isTold(document: ScopeDocument, slot: Slot | undefined): boolean {
    if (document.type === 'ended') return true
    if (document.facts.isProvisional) return false
    return slot !== undefined || document.deadline === 0 || document.deadline * 1000 > this.#options.clock.now()
  }

  /** An open slot when the document may be told from `created` on. */
  #newSlot(document: ScopeDocument): Slot | undefined {
    const holdsNothing = this.#options.known !== undefined || !(this.#isResumed || this.#slots.hasForgotten)
    if (!holdsNothing) return undefined
    const isNews = document.version === 1 || document.type === 'ended' || document.facts.createdAt >= this.#newsFrom
    return isNews ? openSlot() : undefined
  }

  async *#readAllAgain(partition: number, mark: (slot: Slot) => Slot): AsyncGenerator<ScopeChange, void, undefined> {
    // All are marked before the first read: nothing is told by a token of the branch before.
    const entries = this.#slots.of(partition).map(({ address, slot }) => ({ address, slot: mark(slot) }))
    for (const { address, slot } of entries) this.#slots.set(address, slot)
    for (let start = 0; start < entries.length; start += readWidth) {
      const reads = entries.slice(start, start + readWidth).map(entry => this.#readAgain(entry))
      for (const { address, slot, changes } of await Promise.all(reads)) {
        this.#slots.set(address, slot)
        for (const change of changes) yield toScopeChange(address.key, change, this.#feedToken)
      }
    }
  }

  async #readAgain({ address, slot }: PositionEntry): Promise<PositionEntry & Settled> {
    return { address, ...(await this.#settle(address, await this.#read(address, slot))) }
  }

  /** Does what a fold asks for. It comes to an end, because a read that nothing was folded since is always taken. */
  async #settle(address: ScopeAddress, first: Folded): Promise<Settled> {
    const changes: FoldedChange[] = []
    for (let folded = first; ; folded = await this.#read(address, folded.slot)) {
      changes.push(...folded.changes)
      if (folded.endAgain) await this.#options.endAgain(address.documentKey, folded.endAgain)
      if (!folded.mustRead) return { slot: folded.slot, changes }
    }
  }

  async #read(address: ScopeAddress, slot: Slot): Promise<Folded> {
    const { epoch, revision } = slot
    const asked = { epoch, revision, at: this.#options.clock.monotonic() }
    const stored = await this.#options.load(address.documentKey)
    const seen = stored && this.#decode(address, stored)
    if (stored !== undefined && seen === undefined) return unread(slot)
    return observe(slot, seen ?? { type: 'absent' }, 'read', asked)
  }

  #decode({ key, documentKey }: ScopeAddress, { bytes, token }: StoredDocument): DocumentSeen | undefined {
    const { documentOf, tell } = this.#options
    try {
      const document = decodeDocument(bytes, { key: documentKey, known: documentOf?.(documentKey), defersState: true })
      return { type: 'document', document, token, told: tell?.(key, document) }
    } catch (error) {
      if (!(error instanceof UnreadableDocumentError)) throw error
      this.#options.onUnreadable(documentKey, error)
      return undefined
    }
  }
}

/** What a message meant. The slot is kept when the changes are handed out, not before: a read in between may fail. */
interface Settled {
  readonly slot: Slot
  readonly changes: readonly FoldedChange[]
}

/** How many messages are taken in one turn of the event loop. */
const turn = 128
/** How many scopes are read again at a time. */
const readWidth = 32

function needsStore({ mustRead, endAgain }: Folded): boolean {
  return mustRead || endAgain !== undefined
}

function removalOf({ token, reason }: Extract<FeedMessage, { type: 'removed' }>): RemovalSeen {
  return { type: 'removed', token, reason }
}

function storedIn({ key, bytes, token }: Extract<FeedMessage, { type: 'document' }>): StoredDocument {
  if (bytes === undefined) throw new InvalidArgumentError(`The feed brought ${key} without its bytes (keysOnly).`)
  return { bytes, token }
}

/** The slot stays as it is, unproven if it was, until a document that can be read arrives. */
function unread(slot: Slot): Folded {
  return { slot, verdict: 'dropped', changes: [], shown: undefined, mustRead: false, endAgain: undefined }
}
