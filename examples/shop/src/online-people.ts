import { createHash } from 'node:crypto'
import type { Scope, Scopes } from '@scopes/core'
import { Application, type ApplicationState } from './scopes.ts'

/** Who was not seen for so long is gone. In milliseconds. */
const onlineForMs = 5 * 60_000

/** Times are rounded to this, so that a visitor costs one write in it and not one for each request. In milliseconds. */
const roundedToMs = 60_000

/** The people who are in the shop, whichever process serves them: they are in the application's scope. */
export class OnlinePeople {
  readonly #scopes: Scopes
  readonly #application: Scope<ApplicationState>

  private constructor(scopes: Scopes, application: Scope<ApplicationState>) {
    this.#scopes = scopes
    this.#application = application
  }

  static async open(scopes: Scopes): Promise<OnlinePeople> {
    return new OnlinePeople(scopes, await scopes.open(Application, '_'))
  }

  /** How many were seen lately, by memory: it follows the feed while somebody watches, or is as of the last `see`. */
  count(now: number = Date.now()): number {
    return Object.values(this.#application.value.seen).filter(seen => isOnline(seen, now)).length
  }

  /** Afterwards the visitor counts as online. */
  async see(sessionId: string, now: number = Date.now()): Promise<void> {
    // Memory answers where a feed keeps it current, else the store.
    await this.#scopes.open(Application, '_')
    const digest = digestOf(sessionId)
    const rounded = Math.floor(now / roundedToMs) * roundedToMs
    if (this.#application.value.seen[digest] === rounded) return
    await this.#application.update(({ seen }) => {
      for (const [other, seenAt] of Object.entries(seen)) if (!isOnline(seenAt, now)) delete seen[other]
      seen[digest] = rounded
    })
  }

  /** Afterwards the visitor does not count any more; he has logged out, or has another id. */
  async forget(sessionId: string): Promise<void> {
    await this.#application.update(({ seen }) => {
      delete seen[digestOf(sessionId)]
    })
  }

  /** Calls the listener at each change, of any process, until the returned function is called. */
  watch(listener: () => void): () => void {
    const subscription = this.#application.value$.subscribe(listener)
    return () => subscription.unsubscribe()
  }
}

function isOnline(seenAt: number, now: number): boolean {
  return now - seenAt < onlineForMs
}

/** An id is a password: whoever can read the application's scope must not be able to take over a session. */
function digestOf(sessionId: string): string {
  return createHash('sha256').update(sessionId).digest('hex').slice(0, 16)
}
