import type { Asked, DocumentSeen, Observation, RemovalSeen } from '../../src/feed/observation.ts'
import { type Folded, observe } from '../../src/feed/fold.ts'
import { onLost, onRolledBack, openSlot, type Slot } from '../../src/feed/slot.ts'
import { ended, lifeOf, live, seen, tokenOf } from './lettered-documents.ts'
import { Subscriber } from './subscriber.ts'

/** What happens in a world. `pick` chooses where there is something to choose from. */
export interface Step {
  readonly type: StepType
  readonly pick: number
}

export const stepTypes = [
  'commit',
  'compact',
  'touch',
  'end',
  'remove',
  'create',
  'own',
  'ask',
  'answer',
  'acknowledge',
  'deliver',
  'redeliver',
  'crash',
  'reconnect',
  'truncate',
] as const
export type StepType = (typeof stepTypes)[number]

/** How tokens go on after a crash: above those that were lost, below them, or with the very same ones. */
export type TokensAfterCrash = 'ahead' | 'behind' | 'same'

/** The state of the one document, as one change left it. */
interface Entry {
  readonly life: number
  /** One letter for each commit, and one for the end. */
  readonly letters: string
  readonly frames: number
  readonly is: 'alive' | 'marked' | 'gone'
  readonly token: number
}

interface Question {
  readonly asked: Asked
  readonly answer: Entry | undefined
}

/** Ids that a document names beside its frames. */
const named = 3
const framesKept = 4

/**
 * One document in a store that others write to and that may crash, its feed, and a process that folds what it sees.
 * After the model of the replica protocol, with everything drawn at random instead of tried exhaustively.
 */
export class World {
  readonly subscriber: Subscriber
  readonly #tokensAfterCrash: TokensAfterCrash
  #log: Entry[] = []
  #floor = 0
  #branch = 0
  #token = 0
  #tokenStep = 10
  #lives = 0
  #letter = 0x100

  #slot: Slot = openSlot()
  #mustRead = false
  #questions: Question[] = []
  #acknowledgements: Question[] = []
  #endAgain: DocumentSeen | undefined

  /** Entries handled; the branch it reads; the end of what survived; what the old connection may still bring. */
  #feed: { place: number; branch: number; valid: number; old: Entry[]; isSendingAll: boolean } = {
    place: 0,
    branch: 0,
    valid: Infinity,
    old: [],
    isSendingAll: false,
  }

  constructor(tokensAfterCrash: TokensAfterCrash) {
    this.#tokensAfterCrash = tokensAfterCrash
    this.subscriber = new Subscriber(tokensAfterCrash === 'behind')
    this.#create()
    this.#feed.place = 1
    this.#ask()
    this.#answer(0)
    // The answer is the subscriber's first value.
    this.subscriber.start(this.#slot.position?.life ?? lifeOf(0), this.#current?.letters ?? '')
  }

  step({ type, pick }: Step): void {
    const current = this.#current
    switch (type) {
      case 'commit':
        return this.#commit(Math.min((current?.frames ?? 0) + 1, framesKept))
      case 'compact':
        return this.#commit(pick % 2)
      case 'touch':
        if (current?.is === 'alive') this.#write({ ...current, frames: Math.min(current.frames, pick % 4) })
        return
      case 'end':
        return this.#end()
      case 'remove':
        if (current === undefined || current.is === 'gone') return
        this.subscriber.mayEnd(lifeOf(current.life))
        return this.#write({ ...current, is: 'gone' })
      case 'create':
        return this.#create()
      case 'own':
        return this.#commitOwn()
      case 'ask':
        if (this.#questions.length < 2) this.#ask()
        return
      case 'answer':
        return this.#answer(pick)
      case 'acknowledge':
        return this.#acknowledge()
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
        this.#floor = this.#log.length
        return
      default:
        return type satisfies never
    }
  }

  /** Lets everything that is under way arrive, then fails unless process and subscriber know what is stored. */
  settle(): void {
    for (let rounds = 0; !this.#isQuiet; rounds++) {
      if (rounds > 1000) throw new Error('It never comes to rest.')
      this.#reconnect()
      while (this.#isConnected && (this.#feed.place < this.#log.length || this.#feed.isSendingAll)) this.#deliver(0)
      while (this.#questions.length > 0) this.#answer(0)
      while (this.#acknowledgements.length > 0) this.#acknowledge()
      if (this.#mustRead) this.#ask()
      this.#tryEndAgain()
    }
    const current = this.#current
    const { position, stash } = this.#slot
    const held = position === undefined || position.isEnded ? undefined : { life: position.life, id: position.version }
    const stored = current?.is === 'alive' ? { life: lifeOf(current.life), id: current.letters.length } : undefined
    if (JSON.stringify(held) !== JSON.stringify(stored)) {
      throw new Error(`All is quiet: stored is ${JSON.stringify(current)}, held ${JSON.stringify(position)}.`)
    }
    if (stash !== undefined) throw new Error('All is quiet, and an event is still kept aside.')
    this.subscriber.expectToKnow(stored?.life, current?.letters)
  }

  get #current(): Entry | undefined {
    return this.#log.at(-1)
  }

  get #isConnected(): boolean {
    return this.#feed.branch === this.#branch
  }

  get #isQuiet(): boolean {
    const isRead = this.#isConnected && this.#feed.place === this.#log.length && !this.#feed.isSendingAll
    const isAnswered = this.#questions.length + this.#acknowledgements.length === 0
    return isRead && isAnswered && !this.#mustRead && this.#endAgain === undefined
  }

  // The store and its other writers.

  #write(entry: Omit<Entry, 'token'>): void {
    this.#token += this.#tokenStep
    this.#log.push({ ...entry, token: this.#token })
  }

  #newLetter(): string {
    return String.fromCharCode(this.#letter++)
  }

  #commit(frames: number): void {
    const current = this.#current
    if (current?.is === 'alive') this.#write({ ...current, letters: current.letters + this.#newLetter(), frames })
  }

  #end(): void {
    const current = this.#current
    if (current?.is !== 'alive') return
    this.subscriber.mayEnd(lifeOf(current.life))
    this.#write({ ...current, letters: current.letters + this.#newLetter(), is: 'marked' })
  }

  #create(): void {
    // Over an expired document there is no event of its end.
    if (this.#current) this.subscriber.mayEnd(lifeOf(this.#current.life))
    this.#write({ life: ++this.#lives, letters: this.#newLetter(), frames: 0, is: 'alive' })
  }

  #crash(lost: number): void {
    if (this.#log.length <= lost || this.#log.length - lost < this.#floor) return
    if (this.#isConnected) this.#feed.old = this.#log.slice(this.#feed.place)
    const gone = this.#log.splice(this.#log.length - lost)
    this.#feed.valid = Math.min(this.#feed.valid, this.#log.length)
    this.#branch++
    for (const { life } of gone) {
      if (!this.#log.some(entry => entry.life === life)) this.subscriber.mayEnd(lifeOf(life))
    }
    this.subscriber.onCrash()
    const last = this.#current?.token ?? 0
    if (this.#tokensAfterCrash !== 'ahead') this.#token = last
    if (this.#tokensAfterCrash === 'behind') this.#tokenStep = 1
  }

  // The process.

  #ask(): void {
    const { epoch, revision } = this.#slot
    this.#questions.push({ asked: { epoch, revision, at: 0 }, answer: this.#current })
  }

  #answer(pick: number): void {
    const [question] = this.#questions.splice(pick % Math.max(1, this.#questions.length), 1)
    if (question === undefined) return
    const observation: Observation = observationOf(question.answer)
    const isAbsent = observation.type === 'removed'
    const folded = observe(this.#slot, isAbsent ? { type: 'absent' } : observation, 'read', question.asked)
    // "Not found" that was dropped answers nothing; neither does what was asked in another epoch.
    const mustStillRead = isAbsent && folded.verdict === 'dropped' && this.#mustRead
    this.#mustRead = false
    this.#learn(folded)
    this.#mustRead ||= mustStillRead
  }

  #commitOwn(): void {
    const current = this.#current
    const { position, token } = this.#slot
    if (current?.is !== 'alive' || this.#acknowledgements.length > 0) return
    if (position?.isEnded !== false || token !== tokenOf(current.token)) return
    const { epoch, revision } = this.#slot
    this.#commit(Math.min(current.frames + 1, framesKept))
    this.#acknowledgements.push({ asked: { epoch, revision, at: 0 }, answer: this.#current })
  }

  #acknowledge(): void {
    const acknowledged = this.#acknowledgements.shift()
    if (acknowledged === undefined) return
    this.#learn(observe(this.#slot, observationOf(acknowledged.answer), 'acknowledgement', acknowledged.asked))
  }

  #learn({ slot, changes, mustRead, endAgain }: Folded): void {
    this.#slot = slot
    this.#mustRead ||= mustRead
    this.#endAgain = endAgain ?? this.#endAgain
    for (const change of changes)
      this.subscriber.hear(
        change,
        this.#log.map(({ life, letters }) => ({ life: lifeOf(life), letters })),
      )
    if (slot.position?.isEnded === false) this.subscriber.expectNotFenced(slot.fenced, slot.position.life)
  }

  #tryEndAgain(): void {
    const seenAlive = this.#endAgain
    this.#endAgain = undefined
    const current = this.#current
    if (seenAlive === undefined || current?.is !== 'alive' || tokenOf(current.token) !== seenAlive.token) return
    this.subscriber.expectMayEnd(seenAlive.document.life)
    this.#end()
  }

  // Its feed.

  #deliver(pick: number): void {
    const { old } = this.#feed
    if (!this.#isConnected) {
      const entry = old.shift()
      if (entry) this.#receive(entry)
      return
    }
    if (this.#feed.isSendingAll) {
      this.#feed.isSendingAll = false
      if (this.#current && this.#current.is !== 'gone') this.#receive(this.#current)
      return
    }
    if (this.#feed.place < this.#floor) {
      this.#feed.place = this.#floor
      this.#feed.isSendingAll = true
      this.#slot = onLost(this.#slot)
      this.#mustRead = true
      return
    }
    // Of several changes of the key any but the newest may be left out.
    const waiting = this.#log.length - this.#feed.place
    if (waiting === 0) return
    this.#feed.place += 1 + (pick % waiting)
    const entry = this.#log[this.#feed.place - 1]
    if (entry) this.#receive(entry)
  }

  #receive(entry: Entry): void {
    this.#learn(observe(this.#slot, observationOf(entry), 'feed'))
  }

  #reconnect(): void {
    if (this.#isConnected) return
    const { place, valid } = this.#feed
    this.#feed = { place: Math.min(place, valid), branch: this.#branch, valid: Infinity, old: [], isSendingAll: false }
    this.#slot = onRolledBack(this.#slot)
    this.#mustRead = true
  }
}

function observationOf(entry: Entry | undefined): DocumentSeen | RemovalSeen {
  if (entry === undefined || entry.is === 'gone') {
    return { type: 'removed', token: tokenOf(entry?.token ?? 0), reason: 'expired' }
  }
  const { life, letters, frames, token } = entry
  const document =
    entry.is === 'marked'
      ? ended(letters, { life, named })
      : live(letters, { life, frames: Math.min(frames, letters.length - 1), named })
  return seen(document, token)
}
