import type { LifetimeOptions, Scope } from '@scopes/core'
import { type SessionState, viewOf } from './session-view.ts'

/** Deadlines are renewed when less than 90 % of the idle time remains: with so much more of it, none is earlier than its cookie. */
const idlePerMaxAge = 10 / 9

/** What a session object of express-session belongs to. */
export interface HeldSessionParts {
  readonly sid: string
  /** The scope; what is brought belongs to the life that this handle is bound to. */
  readonly open: () => Promise<Scope<SessionState>>
  /** What the object was given; undefined: it replaces what is stored. */
  readonly base: SessionState | undefined
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/**
 * What a session object of express-session was made from: what it brings back changed is compared with that, and nothing else
 * of what is stored is touched.
 */
export class HeldSession {
  readonly #parts: HeldSessionParts
  #opening: Promise<Scope<SessionState>> | undefined
  /** What the object was given, or brought last. Not what that was merged into: others' keys would be deletions. */
  #base: SessionState | undefined
  /** One save after the other: the next begins where this one ends, also when it fails. */
  #saving: Promise<unknown> = Promise.resolve()

  constructor(parts: HeldSessionParts) {
    this.#parts = parts
    this.#base = parts.base
  }

  get sid(): string {
    return this.#parts.sid
  }

  /** Afterwards the changes of the session, as it is now, are merged into what is stored, and its deadline is renewed. */
  async save(session: object): Promise<void> {
    // Taken at once: the object is the application's, which goes on with it.
    const json = JSON.stringify(session)
    await this.#inTurn(scope => this.#store(scope, json, state => state))
  }

  /** Afterwards its deadline is renewed and the attributes of its cookie are stored. Creates nothing. */
  async touch(session: object): Promise<void> {
    const json = JSON.stringify(session)
    await this.#inTurn(async scope => {
      if (!scope.isStored) return
      await this.#store(scope, json, ({ cookie }, base) => (cookie === undefined ? base : { ...base, cookie }))
    })
  }

  #inTurn(work: (scope: Scope<SessionState>) => Promise<void>): Promise<void> {
    const done = this.#saving.then(() => this.#open()).then(work)
    this.#saving = done.catch(() => {})
    return done
  }

  async #open(): Promise<Scope<SessionState>> {
    try {
      return await (this.#opening ??= this.#parts.open())
    } catch (error) {
      this.#opening = undefined
      throw error
    }
  }

  async #store(
    scope: Scope<SessionState>,
    json: string,
    select: (state: SessionState, base: SessionState) => SessionState,
  ): Promise<void> {
    const base = this.#base ?? scope.value
    const { state, maxAgeMs, isPast } = viewOf(json, base, this.#parts.now())
    if (isPast) {
      if (scope.isStored) await scope.end('expired')
      return
    }
    const next = select(state, base)
    const lifetime = lifetimeChange(scope, maxAgeMs)
    const isChanged = JSON.stringify(next) !== JSON.stringify(base)
    if (isChanged || lifetime !== undefined || !scope.isStored) await scope.commitValue({ base, next, lifetime })
    else await scope.touch()
    this.#base = next
  }
}

/** Undefined: as it is. */
function lifetimeChange({ lifetime }: Scope<SessionState>, maxAgeMs: number | undefined): LifetimeOptions | undefined {
  if (maxAgeMs === undefined) return lifetime.isOwn ? {} : undefined
  const idle = Math.ceil(maxAgeMs * idlePerMaxAge)
  return lifetime.isOwn && lifetime.idleMs === idle ? undefined : { idle }
}
