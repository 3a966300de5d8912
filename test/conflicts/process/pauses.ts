/** Places with a name at which work waits until it is let go. */
export class Pauses {
  readonly #gates = new Map<string, { readonly passed: Promise<void>; readonly open: () => void }>()

  /** Resolves when `go` was called for this name, before or after. */
  at(name: string): Promise<void> {
    return this.#gate(name).passed
  }

  /** Afterwards nobody waits there any more. */
  go(name: string): void {
    this.#gate(name).open()
  }

  #gate(name: string): { readonly passed: Promise<void>; readonly open: () => void } {
    const known = this.#gates.get(name)
    if (known) return known
    let open = (): void => {}
    const passed = new Promise<void>(resolve => (open = resolve))
    const gate = { passed, open }
    this.#gates.set(name, gate)
    return gate
  }
}
