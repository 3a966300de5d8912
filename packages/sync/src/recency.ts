/** When an entry has to make room, by what it is. */
export const ranks = {
  /** Its scope is over: first of all. */
  over: 0,
  /** It was never used in this process. */
  unused: 1,
  /** It was. */
  used: 2,
} as const
export type Rank = (typeof ranks)[keyof typeof ranks]

const none = 0

/** In which order entries have to make room: by rank and, of one rank, those first that have been left alone for longest. */
export class Recency {
  /** Neighbours in the list of the same rank. Entries are numbered from 1 on; 0 is none. */
  #next: Uint32Array<ArrayBuffer> = new Uint32Array(1024)
  #previous: Uint32Array<ArrayBuffer> = new Uint32Array(1024)
  #ranks: Uint8Array<ArrayBuffer> = new Uint8Array(1024)
  #lists: readonly List[] = emptyLists()

  /** The entry that has to go first; undefined when there is none. */
  get oldest(): number | undefined {
    return this.#lists.find(({ first }) => first !== none)?.first
  }

  rankOf(number: number): Rank {
    return (this.#ranks[number] ?? ranks.over) as Rank
  }

  /** There is one more, the last of its rank to go. */
  add(number: number, rank: Rank): void {
    if (number >= this.#next.length) this.#grow()
    this.#append(number, rank)
  }

  /** The entry is of this rank now, and the last of it to go. */
  move(number: number, rank: Rank): void {
    this.remove(number)
    this.#append(number, rank)
  }

  /** The entry is no more. */
  remove(number: number): void {
    const list = this.#listOf(this.rankOf(number))
    const next = this.#next[number] ?? none
    const previous = this.#previous[number] ?? none
    if (previous === none) list.first = next
    else this.#next[previous] = next
    if (next === none) list.last = previous
    else this.#previous[next] = previous
  }

  /** No entry is left. */
  clear(): void {
    this.#lists = emptyLists()
  }

  #append(number: number, rank: Rank): void {
    const list = this.#listOf(rank)
    this.#ranks[number] = rank
    this.#previous[number] = list.last
    this.#next[number] = none
    if (list.last === none) list.first = number
    else this.#next[list.last] = number
    list.last = number
  }

  #listOf(rank: Rank): List {
    const list = this.#lists[rank]
    if (list === undefined) throw new RangeError(`There is no rank ${rank}.`)
    return list
  }

  #grow(): void {
    const length = this.#next.length * 2
    const [next, previous, ranksOf] = [new Uint32Array(length), new Uint32Array(length), new Uint8Array(length)]
    next.set(this.#next)
    previous.set(this.#previous)
    ranksOf.set(this.#ranks)
    this.#next = next
    this.#previous = previous
    this.#ranks = ranksOf
  }
}

interface List {
  first: number
  last: number
}

function emptyLists(): readonly List[] {
  return Object.values(ranks).map(() => ({ first: none, last: none }))
}
