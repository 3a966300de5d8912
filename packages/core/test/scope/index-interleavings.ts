import {
  type Clock,
  type DocumentStore,
  type MutationResult,
  type Scopes,
  StoreUnavailableError,
  defineScope,
  openScopes,
} from '../../src/index.ts'
import { decodeDocument } from '../../src/document/decode.ts'
import { type IndexEntry, decodeIndex } from '../../src/index/index-document.ts'
import { memoryStore } from '../../src/store/memory-store.ts'

/** Random numbers from 0 to 1. */
export type Random = () => number

interface LoginState {
  user?: string | undefined
  hits: number
}

const Session = defineScope({
  kind: 'session',
  initial: (): LoginState => ({ hits: 0 }),
  indexes: { user: state => state.user },
})

const annKey = 'index:shop:user:ann'

/** One call of `endAll`, as the store saw it. */
interface Ending {
  /** Whom the index named at its first look; undefined: it has not looked yet. */
  named: readonly IndexEntry[] | undefined
  isDone: boolean
}

/** What came of a run: whatever breaks a rule, in words; and how much happened in it. */
export interface Outcome {
  readonly faults: readonly string[]
  readonly endings: number
  readonly logins: number
  readonly rotations: number
}

/**
 * Logins, rotations, logouts and `endAll` of several processes at once. Every call of the store waits until chance lets it
 * through, or loses it or its answer. Afterwards what lives is judged by what the index named when each `endAll` looked.
 */
export async function interleave(random: Random, lossRate: number): Promise<Outcome> {
  const inner = memoryStore()
  const gate = new Gate(random, lossRate)
  const endings: Ending[] = []
  const entered = new Entered()
  let logins = 0
  let rotations = 0
  const open = (store: DocumentStore): Promise<Scopes> =>
    openScopes({ application: 'shop', store, clock: standingClock })
  const processes = await Promise.all([1, 2, 3].map(() => open(gate.on(entered.watching(inner), () => {}))))
  const process = (): Scopes => pick(random, processes)

  const login = async (id: string): Promise<void> => {
    const session = await process().open(Session, id)
    await session.update(draft => void (draft.user = 'ann'))
    logins++
  }
  const visit = async (id: string): Promise<void> => {
    await (await process().open(Session, id)).update(draft => void draft.hits++)
  }
  const rotate = async (id: string): Promise<void> => {
    const session = await process().open(Session, id)
    if (!session.isStored) return
    const next = await session.rotate()
    rotations++
    if (random() < 0.5) await (await process().open(Session, next.id)).rotate().then(() => rotations++)
  }
  const swap = async (id: string): Promise<void> => {
    await (await process().open(Session, id)).update(draft => void (draft.user = 'ben'))
  }
  const logout = async (id: string): Promise<void> => (await process().open(Session, id)).end()
  const endAll = async (): Promise<void> => {
    const ending: Ending = { named: undefined, isDone: false }
    endings.push(ending)
    const scopes = await open(
      gate.on(entered.watching(inner), (key, bytes) => {
        if (key === annKey) ending.named ??= bytes === undefined ? [] : decodeIndex(bytes, key).entries
      }),
    )
    await scopes.endAll(Session, { index: 'user', value: 'ann' })
    ending.isDone = true
  }

  const ids = ['s1', 's2', 's3']
  // Some are there when it begins.
  gate.isOpen = true
  for (const id of ids) if (random() < 0.6) await (random() < 0.5 ? login(id) : visit(id))
  gate.isOpen = false
  const acts = [login, login, visit, rotate, rotate, swap, logout]
  const running = Array.from({ length: 7 }, () => pick(random, acts)(pick(random, ids)))
  running.push(endAll())
  if (random() < 0.5) running.push(endAll())
  await gate.run(Promise.allSettled(running))
  gate.isOpen = true
  const faults = [...(await judge(inner, endings, entered))]
  await login('later')
  if (!(await process().open(Session, 'later')).isStored) faults.push('a login after all does not live')
  for (const scopes of processes) await scopes.close()
  return { faults, endings: endings.filter(({ isDone }) => isDone).length, logins, rotations }
}

async function judge(store: DocumentStore, endings: readonly Ending[], entered: Entered): Promise<readonly string[]> {
  const faults: string[] = []
  const indexed = await store.load(annKey)
  const entries = indexed ? decodeIndex(indexed.bytes, annKey).entries : []
  for await (const message of openFeed(store)) {
    const document = decodeDocument(message.bytes)
    if (document.type !== 'live' || document.facts.isProvisional || document.state['user'] !== 'ann') continue
    const { life } = document
    const isNamed = entries.some(entry => entry.life === life && message.key.endsWith(`:${entry.id}`))
    if (!isNamed) faults.push(`${message.key} lives with the value and no index names it`)
    for (const [number, { named, isDone }] of endings.entries()) {
      if (!isDone || named === undefined) continue
      if (entered.hasEscaped(life, named)) faults.push(`${message.key} lives, and endAll ${number} had seen its name`)
    }
  }
  return faults
}

async function* openFeed(store: DocumentStore): AsyncGenerator<{ readonly key: string; readonly bytes: Uint8Array }> {
  if (store.feed === undefined) throw new Error('The store has no feed.')
  for await (const message of store.feed.open({ since: 'beginning', kinds: ['session'] })) {
    if (message.type === 'caught-up') return
    if (message.type === 'document' && message.bytes) yield { key: message.key, bytes: message.bytes }
  }
}

/** Whatever was entered into the index, as the store executed it. */
class Entered {
  readonly #entries = new Map<string, IndexEntry>()

  /** The store with each write of the index noted. */
  watching(store: DocumentStore): DocumentStore {
    const noted = (key: string, bytes: Uint8Array, result: MutationResult): MutationResult => {
      if (key === annKey && result.type === 'done') this.#note(decodeIndex(bytes, key).entries)
      return result
    }
    return {
      capabilities: store.capabilities,
      feed: undefined,
      open: options => store.open(options),
      close: () => Promise.resolve(),
      load: key => store.load(key),
      insert: async (key, bytes, options) => noted(key, bytes, await store.insert(key, bytes, options)),
      append: (key, bytes, token, options) => store.append(key, bytes, token, options),
      replace: async (key, bytes, token, options) => noted(key, bytes, await store.replace(key, bytes, token, options)),
      remove: (key, token, options) => store.remove(key, token, options),
    }
  }

  /** The life was named, or was made by rotations of one that was, and no later login has named it since. */
  hasEscaped(life: string, named: readonly IndexEntry[]): boolean {
    const own = this.#entries.get(life)
    for (const each of [life, ...(own?.from ?? [])]) {
      const seen = named.find(entry => entry.life === each)
      const newest = this.#entries.get(each)?.version ?? 0
      if (newest > (seen?.version ?? 1)) return false
      if (seen) return true
    }
    return false
  }

  #note(entries: readonly IndexEntry[]): void {
    for (const entry of entries) {
      const known = this.#entries.get(entry.life)
      if (known === undefined || known.version < entry.version) this.#entries.set(entry.life, entry)
    }
  }
}

/** Time stands still, and a pause is over with the next turn of the event loop: chance is all that orders what happens. */
const standingClock: Clock = {
  now: () => 1_800_000_000_000,
  monotonic: () => 0,
  sleep: () => new Promise(resolve => setImmediate(resolve)),
}

function pick<T>(random: Random, values: readonly T[]): T {
  const value = values[Math.floor(random() * values.length)]
  if (value === undefined) throw new Error('There is nothing to pick from.')
  return value
}

/** Holds calls of stores until chance lets them through. */
class Gate {
  isOpen = true
  readonly #random: Random
  readonly #lossRate: number
  readonly #waiting: (() => void)[] = []

  constructor(random: Random, lossRate: number) {
    this.#random = random
    this.#lossRate = lossRate
  }

  /** The store behind the gate. `onLoaded` hears what each load has shown, in the moment in which it was executed. */
  on(store: DocumentStore, onLoaded: (key: string, bytes: Uint8Array | undefined) => void): DocumentStore {
    return {
      capabilities: store.capabilities,
      feed: undefined,
      open: options => store.open(options),
      close: () => Promise.resolve(),
      load: async key => {
        await this.#pass()
        const loaded = await store.load(key)
        onLoaded(key, loaded?.bytes)
        return loaded
      },
      insert: (key, bytes, options) => this.#mutate(() => store.insert(key, bytes, options)),
      append: (key, bytes, token, options) => this.#mutate(() => store.append(key, bytes, token, options)),
      replace: (key, bytes, token, options) => this.#mutate(() => store.replace(key, bytes, token, options)),
      remove: (key, token, options) => this.#mutate(() => store.remove(key, token, options)),
    }
  }

  /** Lets one call after the other through until `all` is settled. */
  async run(all: Promise<unknown>): Promise<void> {
    let isSettled = false
    const settle = (): void => void (isSettled = true)
    all.then(settle, settle)
    while (!isSettled) {
      // All that was let through goes on to its next call; pauses between tries are over soon.
      await new Promise(resolve => setImmediate(resolve))
      const [next] = this.#waiting.splice(Math.floor(this.#random() * this.#waiting.length), 1)
      next?.()
    }
  }

  async #mutate<T>(execute: () => Promise<T>): Promise<T> {
    await this.#pass()
    const isLossy = !this.isOpen && this.#random() < this.#lossRate
    const isExecuted = !isLossy || this.#random() < 0.5
    const result = isExecuted ? await execute() : undefined
    if (isLossy || result === undefined) throw new StoreUnavailableError('The answer was lost.', { outcome: 'unknown' })
    return result
  }

  #pass(): Promise<void> {
    return this.isOpen ? Promise.resolve() : new Promise(resolve => this.#waiting.push(resolve))
  }
}
