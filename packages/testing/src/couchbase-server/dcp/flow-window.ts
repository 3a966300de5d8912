/** Bytes of messages that are under way: sent, and not yet acknowledged. */
export class FlowWindow {
  #bytes = 0
  #highestBytes = 0

  /** Bytes that are under way now. */
  get bytes(): number {
    return this.#bytes
  }

  /** The most that ever were. */
  get highestBytes(): number {
    return this.#highestBytes
  }

  /** The message that crosses the size of the buffer is still sent: so one that is bigger than it comes through. */
  isOpen(bufferBytes: number): boolean {
    return bufferBytes === 0 || this.#bytes < bufferBytes
  }

  sent(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes > this.#highestBytes) this.#highestBytes = this.#bytes
  }

  /** More than was sent counts as all. */
  acknowledged(bytes: number): void {
    this.#bytes = Math.max(0, this.#bytes - bytes)
  }
}
