import type { CommitId, Life } from '../../src/document/scope-document.ts'
import type { FoldedChange } from '../../src/feed/scope-change.ts'
import { historyOf, idOf, short } from './lettered-documents.ts'

/** A life and the letters of its commits. */
export interface History {
  readonly life: Life
  readonly letters: string
}

interface Held extends History {
  readonly isEnded: boolean
  /** Ids that it was told to be rolled back. */
  readonly lost: readonly CommitId[]
}

/** Applies what it is told to a copy of its own, and throws when that makes no sense. */
export class Subscriber {
  /** A life may be told as ended that never ended (replica protocol §9, the known limit). */
  readonly #isLenient: boolean
  readonly #told: string[] = []
  readonly #over = new Set<Life>()
  readonly #created = new Set<Life>()
  #held: Held | undefined

  constructor(isLenient: boolean) {
    this.#isLenient = isLenient
  }

  /** It has opened the scope and was given this. */
  start(life: Life, letters: string): void {
    this.#held = { life, letters, isEnded: false, lost: [] }
  }

  /** The life has come to an end in the store, or never was by its account. */
  mayEnd(life: Life): void {
    this.#over.add(life)
  }

  expectMayEnd(life: Life): void {
    if (!this.#over.has(life)) this.#fail(`life ${life} is ended by mistake`)
  }

  expectNotFenced(fenced: readonly Life[], life: Life): void {
    if (fenced.includes(life)) this.#fail(`life ${life} is shown alive, and its end was seen`)
  }

  /** For the error message. */
  onCrash(): void {
    this.#told.push('(crash)')
  }

  hear(change: FoldedChange, stored: readonly History[]): void {
    this.#told.push(short(change))
    const held = this.#held
    const letters = historyOf(change.value) ?? ''
    switch (change.type) {
      case 'created':
        if (held && !held.isEnded) this.#fail(`life ${held.life} was never told to have ended`)
        if (this.#created.has(change.life)) this.#fail('it was told so before')
        this.#created.add(change.life)
        this.#held = { life: change.life, letters, isEnded: false, lost: held?.lost ?? [] }
        return
      case 'updated':
        if (!held || held.isEnded || held.life !== change.life) return this.#fail('it does not hold that life')
        if (letters.slice(0, -1) !== held.letters) this.#fail(`it holds ${held.letters}`)
        if (change.version !== letters.length || change.commitId !== idOf(letters.at(-1) ?? '')) this.#fail('torn')
        if (held.lost.includes(change.commitId)) this.#fail('it was told that this was rolled back')
        this.#held = { ...held, letters }
        return
      case 'touched':
        if (held?.life !== change.life || held.letters !== letters) this.#fail('it holds another state')
        return
      case 'ended':
        if (held?.life === change.life && held.isEnded) this.#fail('it was told so before')
        if (!this.#over.has(change.life) && !this.#isLenient) this.#fail('that life never ended')
        this.#held = { life: change.life, letters: held?.letters ?? '', isEnded: true, lost: held?.lost ?? [] }
        return
      case 'reset':
        return this.#reset(change, letters, stored)
      default:
        change satisfies never
    }
  }

  /** All is quiet, and this is what the store has. */
  expectToKnow(life: Life | undefined, letters: string | undefined): void {
    const held = this.#held?.isEnded === false ? this.#held : undefined
    if (held?.life !== life || (held && held.letters !== letters)) {
      this.#fail(`all is quiet: stored is ${life} ${letters}, but it holds ${JSON.stringify(this.#held)}`)
    }
  }

  #reset(change: Extract<FoldedChange, { type: 'reset' }>, letters: string, stored: readonly History[]): void {
    const held = this.#held
    const isHeld = held?.isEnded === false && held.life === change.life
    const wasLost = !stored.some(({ life, letters: whole }) => life === held?.life && whole.startsWith(held.letters))
    if (change.reason === 'first') this.#fail('it is not the first')
    if (change.reason === 'gap' && (!isHeld || letters.length <= held.letters.length)) this.#fail('there is no gap')
    if (change.reason === 'new-life' && held && !held.isEnded) this.#fail('the other life was never told to have ended')
    if (change.reason === 'rolled-back' && isHeld && !wasLost)
      this.#fail(`nothing that it has (${held.letters}) was lost`)
    const undone = isHeld ? Array.from(held.letters).filter(letter => !letters.includes(letter)) : []
    const lost = [...(held?.lost ?? []), ...(change.reason === 'rolled-back' ? undone.map(idOf) : [])]
    this.#held = { life: change.life, letters, isEnded: false, lost }
  }

  #fail(why: string): void {
    throw new Error(`${why}. It was told: ${this.#told.join('; ')}`)
  }
}
