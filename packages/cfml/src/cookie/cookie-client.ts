import { type Draft, HeadersSentError, type Immutable, type StateDraft, draftState } from '@scopes/core'
import type { BroughtState, CookieStorage } from './cookie-storage.ts'

/** How far the answer is. */
type Phase = 'open' | 'sealed' | 'dropped'

/** What a request knows of its connection. */
export interface CookieClientOptions {
  /** The Cookie header. */
  readonly header: string | undefined
  /** Whether the visitor's connection is https. Asked when the cookie is written. */
  readonly isSecure: () => boolean
  /** The answer still takes changes. */
  readonly isOpen: () => boolean
}

/** The client scope of one request, kept in a sealed cookie: it goes out with the head of the answer, or not at all. */
export class CookieClient<S extends object> {
  readonly #storage: CookieStorage<S>
  readonly #brought: BroughtState<S> | undefined
  readonly #isSecure: () => boolean
  readonly #isOpen: () => boolean
  #newId: string | undefined
  #phase: Phase = 'open'
  #state: Immutable<S>
  #draft: StateDraft<S> | undefined
  #line: string | undefined

  constructor(storage: CookieStorage<S>, { header, isSecure, isOpen }: CookieClientOptions) {
    this.#storage = storage
    this.#isSecure = isSecure
    this.#isOpen = isOpen
    this.#brought = storage.read(header)
    this.#newId = this.#brought ? undefined : storage.newId()
    this.#state = this.#brought?.state ?? (storage.initial() as Immutable<S>)
  }

  /** Stays with the values, from cookie to cookie. */
  get id(): string {
    return this.#newId ?? this.#brought?.id ?? ''
  }

  /** The request has brought no cookie that can be opened. */
  get isNew(): boolean {
    return this.#brought === undefined
  }

  /** The state with the changes of this request, frozen. */
  get value(): Immutable<S> {
    return this.#draft?.current ?? this.#state
  }

  /**
   * To be changed in place.
   * @throws HeadersSentError once the head has been decided: no cookie can bring the change to the visitor any more.
   */
  get draft(): Draft<S> {
    if (this.#phase !== 'open' || !this.#isOpen()) {
      throw new HeadersSentError(
        `The client of this request is kept in the cookie "${this.#storage.name}", and its answer has been decided: a change could not be kept.`,
      )
    }
    if (this.#draft === undefined) {
      this.#draft = draftState(this.#state as S)
      this.#state = this.#draft.current
    }
    return this.#draft.value
  }

  /** There are changes that no cookie says yet. */
  get isDirty(): boolean {
    return this.#phase === 'open' && this.#draft !== undefined && this.#draft.current !== this.#state
  }

  /** Afterwards it has another id, and its values. */
  rotate(): void {
    this.#newId = this.#storage.newId()
  }

  /**
   * To be called before the head leaves with a status that stores changes. Afterwards the draft is closed.
   * @throws ScopeTooLargeError when the cookie would be larger than a browser keeps, naming what takes the room
   * @throws InvalidStateError when a value cannot be kept
   */
  beforeHeaders(): void {
    if (this.#phase !== 'open') return
    const before = this.#state
    try {
      this.#state = this.#draft?.finish() ?? before
      this.#line = this.#lineOf(this.#state !== before)
      this.#phase = 'sealed'
    } catch (error) {
      this.#state = before
      this.drop()
      throw error
    }
  }

  /** The changes of this request are given up, unless the head has told them. */
  drop(): void {
    this.#phase = 'dropped'
    this.#draft?.discard()
    this.#draft = undefined
    this.#line = undefined
  }

  /** The Set-Cookie line, if there is something to tell; to be asked in the instant in which the head is written. */
  setCookies(): readonly string[] {
    if (this.#phase === 'open') this.drop()
    return this.#line === undefined ? [] : [this.#line]
  }

  #lineOf(hasChanged: boolean): string | undefined {
    const storage = this.#storage
    const brought = this.#brought
    if (storage.isEmpty(this.#state)) return brought && hasChanged ? storage.cleared(this.#isSecure()) : undefined
    const hasNewId = brought !== undefined && this.#newId !== undefined
    if (!hasChanged && !hasNewId && !brought?.isDue) return undefined
    return storage.written(this.id, this.#state, this.#isSecure())
  }
}
