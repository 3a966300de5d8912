import type { Life } from '../document/scope-document.ts'

/** More ends than these are not delivered by a process while an old sighting of one may still come in. */
const mostLives = 65_536

/** Lives whose end was delivered here: what is seen of them late is no news. The oldest are forgotten. */
export class RecentLives {
  readonly #lives = new Set<Life>()

  has(life: Life): boolean {
    return this.#lives.has(life)
  }

  /** Afterwards the life is known. */
  add(life: Life): void {
    this.#lives.add(life)
    if (this.#lives.size <= mostLives) return
    const oldest = this.#lives.values().next()
    if (!oldest.done) this.#lives.delete(oldest.value)
  }
}
