import type { CommitId, DocumentOutline, Life, StoreToken } from '@scopes/core'
import type { ReplicaEvent, ReplicaPosition, ReplicaState } from '../src/replica-state.ts'
import { nextReplica } from '../src/replica-state.ts'

/** How tokens go on after a crash: above those that were lost, below them, or with the very same ones. */
export type TokensAfterCrash = 'ahead' | 'behind' | 'same'

export const stepTypes = [
  'commit',
  'compact',
  'end',
  'remove',
  'create',
  'deliver',
  'redeliver',
  'crash',
  'reconnect',
  'truncate',
  'read',
  'evict',
  'unpack',
] as const

/** What happens. `pick` chooses where there is something to choose from. */
export interface Step {
  readonly type: (typeof stepTypes)[number]
  readonly pick: number
}

/** The state of the one document, as one change left it: a letter for each commit, and one for the end. */
interface Entry {
  readonly life: number
  readonly letters: string
  /** How many of the last commits the document names. */
  readonly named: number
  readonly is: 'alive' | 'marked' | 'gone'
  readonly token: number
}

/**
 * One document in a store that others write to and that may crash, its feed, and one replica that nobody holds. After the
 * model of the replica protocol.
 */
export class BranchingStore {
  #replica: ReplicaState = { type: 'none' }
  #log: Entry[] = []
  /** Of every commit that was ever made those before it and itself, on whatever branch. */
  readonly #histories = new Map<string, string>()
  #branch = 0
  #token = 0
  #tokenStep = 10
  #lives = 0
  #letter = 0x100
  /** Entries handled; the branch it reads; how much of that survived; what the old connection may still bring. */
  #feed = { place: 0, branch: 0, valid: Infinity, old: [] as Entry[] }
  readonly #tokensAfterCrash: TokensAfterCrash

  constructor(tokensAfterCrash: TokensAfterCrash) {
    this.#tokensAfterCrash = tokensAfterCrash
    this.#create()
  }

  get replica(): ReplicaState {
    return this.#replica
  }

  step({ type, pick }: Step): void {
    const current = this.#log.at(-1)
    switch (type) {
      case 'commit':
        if (current?.is === 'alive')
          this.#write({ ...current, letters: current.letters + this.#newLetter(), named: current.named + 1 })
        return
      case 'compact':
        if (current?.is === 'alive') this.#write({ ...current, named: Math.max(1, Math.min(current.named, pick % 3)) })
        return
      case 'end':
        if (current?.is === 'alive')
          this.#write({ ...current, letters: current.letters + this.#newLetter(), is: 'marked' })
        return
      case 'remove':
        if (current && current.is !== 'gone') this.#write({ ...current, is: 'gone' })
        return
      case 'create':
        return this.#create()
      case 'deliver':
        return this.#deliver(pick)
      case 'redeliver':
        if (this.#isConnected) this.#feed.place = Math.max(0, this.#feed.place - 1)
        return
      case 'crash':
        return this.#crash(1 + (pick % 2))
      case 'reconnect':
        return this.#reconnect()
      case 'truncate':
        // What was in between is not told: all that is known is given up, and the document comes as it is.
        if (!this.#isConnected || current === undefined) return
        this.#feed.place = this.#log.length
        this.#happen({ type: 'distrusted' })
        return this.#receive(current)
      case 'read':
        return this.#read()
      case 'evict':
        return this.#happen({ type: 'evicted' })
      case 'unpack':
        return this.#happen({ type: 'unpacked' })
      default:
        return type satisfies never
    }
  }

  /** Lets everything that is under way arrive. */
  settle(): void {
    this.#reconnect()
    while (this.#feed.place < this.#log.length) this.#deliver(0)
  }

  /** What an `open` that does not ask the store would show; undefined: it asks. */
  get shown(): ReplicaPosition | undefined {
    return this.#replica.type === 'held' ? this.#replica.position : undefined
  }

  /** What is stored; undefined: nothing. */
  get stored(): ReplicaPosition | undefined {
    const current = this.#log.at(-1)
    return current && current.is !== 'gone' ? positionOf(current) : undefined
  }

  /** The letters of the commits that what is shown is made of; undefined: nothing is shown. */
  get shownLetters(): string | undefined {
    return this.shown && this.#histories.get(this.shown.commitId)
  }

  get #isConnected(): boolean {
    return this.#feed.branch === this.#branch
  }

  #write(entry: Omit<Entry, 'token'>): void {
    this.#token += this.#tokenStep
    this.#histories.set(entry.letters.at(-1) ?? '', entry.letters)
    this.#log.push({ ...entry, token: this.#token })
  }

  #newLetter(): string {
    return String.fromCharCode(this.#letter++)
  }

  #create(): void {
    this.#write({ life: ++this.#lives, letters: this.#newLetter(), named: 1, is: 'alive' })
  }

  #crash(lost: number): void {
    if (this.#log.length <= lost) return
    if (this.#isConnected) this.#feed.old = this.#log.slice(this.#feed.place)
    this.#log.splice(this.#log.length - lost)
    this.#feed.valid = Math.min(this.#feed.valid, this.#log.length)
    this.#branch++
    if (this.#tokensAfterCrash !== 'ahead') this.#token = this.#log.at(-1)?.token ?? 0
    if (this.#tokensAfterCrash === 'behind') this.#tokenStep = 1
  }

  /** Somebody opens the scope, which asks the store, and lets it go again. */
  #read(): void {
    const current = this.#log.at(-1)
    if (current === undefined) return
    const token = tokenOf(current.token)
    // "Not found" has no token of its own: what is told is that of what was known before.
    if (current.is === 'gone') {
      const known = this.#replica.type === 'none' ? tokenOf(0) : this.#replica.token
      return this.#happen({ type: 'deleted', token: known })
    }
    this.#happen({ type: 'set', token, position: positionOf(current) })
  }

  #deliver(pick: number): void {
    if (!this.#isConnected) {
      const entry = this.#feed.old.shift()
      if (entry) this.#receive(entry)
      return
    }
    // Of several changes of the key any but the newest may be left out.
    const waiting = this.#log.length - this.#feed.place
    if (waiting === 0) return
    this.#feed.place += 1 + (pick % waiting)
    const entry = this.#log[this.#feed.place - 1]
    if (entry) this.#receive(entry)
  }

  #reconnect(): void {
    if (this.#isConnected) return
    const { place, valid } = this.#feed
    this.#feed = { place: Math.min(place, valid), branch: this.#branch, valid: Infinity, old: [] }
    this.#happen({ type: 'distrusted' })
  }

  #receive(entry: Entry): void {
    const token = tokenOf(entry.token)
    if (entry.is === 'gone') return this.#happen({ type: 'removed', token })
    this.#happen({ type: 'document', token, outline: outlineOf(entry) })
  }

  #happen(event: ReplicaEvent): void {
    this.#replica = nextReplica(this.#replica, event).state
  }
}

function tokenOf(token: number): StoreToken {
  return BigInt(token) as StoreToken
}

function positionOf({ life, letters, is }: Entry): ReplicaPosition {
  return {
    isEnded: is === 'marked',
    life: `life ${life}` as Life,
    version: letters.length,
    commitId: (letters.at(-1) ?? '') as CommitId,
  }
}

function outlineOf(entry: Entry): DocumentOutline {
  const { letters, named } = entry
  return {
    ...positionOf(entry),
    deadline: 0,
    idAt: version =>
      version > letters.length - named && version <= letters.length ? (letters[version - 1] as CommitId) : undefined,
  }
}
