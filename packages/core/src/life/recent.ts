/** More ends than these are not delivered by a process while an old sighting of one may still come in. */
const most = 65_536

/** Names of what was dealt with here: what is seen of it late is no news. The oldest are forgotten. */
export class Recent<Name extends string> {
  readonly #names = new Set<Name>()

  has(name: Name): boolean {
    return this.#names.has(name)
  }

  /** Afterwards the name is known. */
  add(name: Name): void {
    this.#names.add(name)
    if (this.#names.size <= most) return
    const oldest = this.#names.values().next()
    if (!oldest.done) this.#names.delete(oldest.value)
  }
}
