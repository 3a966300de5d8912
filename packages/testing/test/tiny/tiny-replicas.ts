import {
  compareTokens,
  decodeDocument,
  InvalidArgumentError,
  type KeyMessage,
  type Replication,
  type ScopeCache,
  type ScopeCopy,
  type StoreToken,
} from '@scopes/core'

/** What is known of a key: a copy, or only how new what was seen of it is. */
interface Known {
  readonly copy: ScopeCopy | undefined
  readonly token: StoreToken
}

/** The smallest replicas that keep the contract, as a place to put flaws in. One partition, and no bound. */
export class TinyReplicas implements ScopeCache {
  readonly known: Map<string, Known> = new Map<string, Known>()
  #isAttached = false

  get replication(): Replication {
    return {
      kinds: ['session'],
      values: 'fed',
      whenBehind: 'store',
      maxLagMs: 1_000_000,
      attach: () => this.attach(),
      begin: () => this.begin(),
      keys: () => this.known.keys(),
      receive: message => this.receive(message),
      distrust: () => this.distrust(),
    }
  }

  get(key: string): ScopeCopy | undefined {
    return this.known.get(key)?.copy
  }

  set(key: string, copy: ScopeCopy): void {
    this.known.set(key, { copy, token: copy.token })
  }

  delete(key: string, token: StoreToken): void {
    this.known.set(key, { copy: undefined, token })
  }

  clear(): void {
    this.known.clear()
    this.#isAttached = false
  }

  attach(): void {
    if (this.#isAttached) throw new InvalidArgumentError('These replicas are in use.')
    this.#isAttached = true
  }

  begin(): void {
    this.known.clear()
  }

  receive(message: KeyMessage): void {
    const { key, token } = message
    const known = this.known.get(key)
    if (known && compareTokens(token, known.token) < 0) return
    const bytes = message.type === 'document' ? message.bytes : undefined
    this.known.set(key, { copy: bytes && { document: decodeDocument(bytes, { key }), token, bytes }, token })
  }

  distrust(): void {
    this.known.clear()
  }
}
