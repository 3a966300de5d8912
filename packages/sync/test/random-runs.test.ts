import { type Scope, ScopeEndedError, type Scopes, decodeDocument, memoryStore } from '@scopes/core'
import { type FaultRates, type FaultStore, type FeedFault, faultStore, manualClock } from '@scopes/testing'
import fc from 'fast-check'
import { describe, test } from 'vitest'
import type { ReplicasOptions } from '../src/index.ts'
import { type Reader, Session, type Visit, openReader, openWriter } from './fixture.ts'
import { propertySettings } from './property-settings.ts'

const ids = ['s1', 's2', 's3', 's4', 's5', 's6'] as const

const stepTypes = [
  'write',
  'write elsewhere',
  'end elsewhere',
  'remove elsewhere',
  'open',
  'open fresh',
  'open stamped',
  'hold',
  'let go',
  'run',
  'stop feeding',
  'resume feeding',
  'time',
  'peek',
  'restart',
] as const

interface Step {
  readonly type: (typeof stepTypes)[number]
  readonly id: (typeof ids)[number]
}

const anyStep: fc.Arbitrary<Step> = fc.record({ type: fc.constantFrom(...stepTypes), id: fc.constantFrom(...ids) })

/** A handle that is held, and the newest version that it has shown of its life. */
interface Held {
  readonly id: string
  readonly scope: Scope<Visit>
  version: number
}

/** What really happened to every scope, and one process with replicas that has to agree. */
class Model {
  /** The hits of every version of every life that was ever stored. */
  readonly #history = new Map<string, number>()
  /** Of each scope the newest stamp and the hits that go with it. */
  readonly #newest = new Map<string, { readonly stamp: string; readonly hits: number }>()
  /** Lives whose end the process has shown. */
  readonly #ended = new Set<string>()
  readonly #held: Held[] = []
  #hits = 0
  readonly #writer: Scopes
  readonly #store: FaultStore
  readonly #openReader: () => Promise<Reader>
  #reader: Reader

  constructor(writer: Scopes, store: FaultStore, reader: Reader, openAnother: () => Promise<Reader>) {
    this.#writer = writer
    this.#store = store
    this.#reader = reader
    this.#openReader = openAnother
  }

  /** How many replicas there are. */
  get size(): number {
    return this.#reader.cache.size
  }

  async step({ type, id }: Step): Promise<void> {
    switch (type) {
      case 'write':
        return this.#write(this.#reader.scopes, id)
      case 'write elsewhere':
        return this.#write(this.#writer, id)
      case 'end elsewhere':
        return (await this.#writer.open(Session, id)).end()
      case 'remove elsewhere':
        return this.#remove(id)
      case 'open':
        return this.#check(id, await this.#reader.scopes.open(Session, id))
      case 'open fresh':
        return this.#openFresh(id)
      case 'open stamped':
        return this.#openStamped(id)
      case 'hold':
        this.#held.push({ id, scope: await this.#reader.scopes.open(Session, id), version: 0 })
        return this.#checkHeld()
      case 'let go':
        this.#held.shift()
        return
      case 'run':
        await new Promise(resolve => setImmediate(resolve))
        return this.#checkHeld()
      case 'stop feeding':
        return this.#store.faults.stopFeeding()
      case 'resume feeding':
        return this.#store.faults.resumeFeeding()
      case 'time':
        return
      case 'peek':
        return this.#peek(id)
      case 'restart':
        // What nobody has opened since is a replica that nobody holds.
        this.#held.length = 0
        this.#ended.clear()
        await this.#reader.scopes.close()
        this.#reader = await this.#openReader()
        return
      default:
        return type satisfies never
    }
  }

  /** Everything is as it is stored, from memory as from the store. */
  async expectAgreement(): Promise<void> {
    for (const id of ids) {
      const stored = await this.#store.load(`session:shop:${id}`)
      const document = stored && decodeDocument(stored.bytes)
      const hits = document?.type === 'live' ? document.state['hits'] : 0
      this.#peek(id)
      const shown = await this.#reader.scopes.open(Session, id)
      this.#check(id, shown)
      if (shown.value.hits !== hits) throw new Error(`${id} is stored with ${String(hits)}, shown ${shown.value.hits}.`)
    }
    this.#checkHeld()
    for (const { id, scope } of this.#held) {
      const now = await this.#reader.scopes.open(Session, id)
      if (scope.isStored && scope.value !== now.value) throw new Error(`A handle of ${id} is not current.`)
    }
  }

  /** What was not delivered is made good by the next change: a feed owes no more than that. */
  async touchAll(): Promise<void> {
    for (const id of ids) await this.#write(this.#writer, id)
  }

  close(): Promise<void> {
    return this.#reader.scopes.close()
  }

  async #write(scopes: Scopes, id: string): Promise<void> {
    const hits = ++this.#hits
    // A handle that was opened on a life that is over says so, and the next one begins another.
    const asked = scopes === this.#reader.scopes ? { maxStaleMs: 0 } : {}
    for (;;) {
      const session = await scopes.open(Session, id, asked)
      const version = await versionOf(session.update(draft => void (draft.hits = hits)))
      if (version === undefined) continue
      this.#history.set(`${id} ${session.life} ${version}`, hits)
      // Only one writes at a time.
      if (session.version !== version)
        throw new Error(`${id} was committed as ${version}, shown as ${session.version}.`)
      this.#newest.set(id, { stamp: session.stamp ?? '', hits })
      return
    }
  }

  async #remove(id: string): Promise<void> {
    const key = `session:shop:${id}`
    const stored = await this.#store.load(key)
    // A life is only removed when it is over; whoever holds its marker goes on holding it.
    if (stored && decodeDocument(stored.bytes).type === 'ended') await this.#store.remove(key, stored.token)
  }

  async #openFresh(id: string): Promise<void> {
    const fresh = await this.#reader.scopes.open(Session, id, { maxStaleMs: 0 })
    this.#check(id, fresh)
    const newest = this.#newest.get(id)
    if (fresh.isStored && fresh.value.hits !== newest?.hits) {
      throw new Error(`${id} was asked for and shown with ${fresh.value.hits} in place of ${newest?.hits}.`)
    }
  }

  async #openStamped(id: string): Promise<void> {
    const newest = this.#newest.get(id)
    if (newest === undefined) return
    const stamped = await this.#reader.scopes.open(Session, id, { atLeast: newest.stamp })
    this.#check(id, stamped)
    const { freshness, ended } = stamped
    // The news of its end may come right after it was found.
    if (freshness === 'contained' ? !ended && stamped.value.hits !== newest.hits : freshness !== 'ended') {
      throw new Error(`${id} is said to be ${freshness} with ${stamped.value.hits} in place of ${newest.hits}.`)
    }
  }

  #checkHeld(): void {
    for (const held of this.#held) {
      this.#check(held.id, held.scope)
      if (!held.scope.isStored) continue
      if (held.scope.version < held.version) throw new Error(`A handle of ${held.id} went back from ${held.version}.`)
      held.version = held.scope.version
    }
  }

  /** What memory has, without anybody opening it. */
  #peek(id: string): void {
    const document = this.#reader.cache.get(`session:shop:${id}`)?.document
    if (document?.type !== 'live') return
    const { life, version, state } = document
    if (this.#history.get(`${id} ${life} ${version}`) !== state['hits']) {
      throw new Error(`Memory has ${id} as version ${version} of ${life}, which never was.`)
    }
    if (this.#ended.has(`${id} ${life}`)) throw new Error(`Memory has a life of ${id} whose end was shown before.`)
  }

  #check(id: string, scope: Scope<Visit>): void {
    const { isStored, life, version, value, ended } = scope
    if (!isStored) {
      if (ended && life !== undefined) this.#ended.add(`${id} ${life}`)
      return
    }
    if (this.#history.get(`${id} ${life} ${version}`) !== value.hits) {
      throw new Error(`${id} shows ${value.hits} as version ${version} of ${life}, which never was.`)
    }
    if (this.#ended.has(`${id} ${life}`)) throw new Error(`${id} shows a life whose end was shown before.`)
  }
}

/** The version that was committed, or undefined when the scope had ended. */
async function versionOf(update: Promise<{ readonly version: number }>): Promise<number | undefined> {
  try {
    return (await update).version
  } catch (error) {
    if (error instanceof ScopeEndedError) return undefined
    throw error
  }
}

async function run(
  steps: readonly Step[],
  { seed, rates, cached }: { seed: number; rates: FaultRates<FeedFault>; cached: ReplicasOptions },
): Promise<void> {
  const clock = manualClock()
  const { store, writer } = await openWriter(memoryStore({ clock }))
  const faulty = faultStore(store, { seed, feedRates: rates, clock })
  const openAnother = (): Promise<Reader> => openReader(faulty, { clock, cached, awaitsLive: false })
  const model = new Model(writer, faulty, await openAnother(), openAnother)
  await clock.advance(0)
  for (const step of steps) {
    await model.step(step)
    if (step.type === 'time') await clock.advance(1500)
  }
  faulty.faults.calm()
  await clock.advance(10_000)
  await model.touchAll()
  await clock.advance(10_000)
  await model.expectAgreement()
  if (model.size > (cached.maxReplicas ?? Infinity)) throw new Error(`There are ${model.size} replicas.`)
  await model.close()
  await writer.close()
}

function property(rates: FaultRates<FeedFault>, cached: ReplicasOptions = {}): Promise<void> {
  return fc.assert(
    fc.asyncProperty(fc.array(anyStep, { maxLength: 60, size: 'max' }), fc.nat(), (steps, seed) =>
      run(steps, { seed, rates, cached }),
    ),
    propertySettings(60),
  )
}

// A value that is shown is one that was stored, under its own version; a handle never goes back; a life whose end was shown
// is not shown again; what was asked for is there; and when all has arrived, memory is what is stored.
describe('whatever the feed does, what is shown makes sense and ends at the newest', () => {
  test('a feed that keeps its word', () => property({}))

  test('one that repeats, also what is older', () => property({ duplicate: 0.2, 'older-again': 0.2 }))

  test('one that brings documents in another order', () => property({ 'swap-keys': 0.4 }))

  test('one that fails over and over', () => property({ fail: 0.2 }))

  test('one that leaves out changes', () => property({ drop: 0.3 }))

  test('all of it at once', () =>
    property({ duplicate: 0.1, 'older-again': 0.1, 'swap-keys': 0.1, fail: 0.1, drop: 0.1 }))

  test('all of it at once, with room for two replicas and one of them decoded', () =>
    property(
      { duplicate: 0.1, 'older-again': 0.1, 'swap-keys': 0.1, fail: 0.1, drop: 0.1 },
      { maxReplicas: 2, maxDecoded: 1 },
    ))

  test('all of it at once, with values on demand', () =>
    property({ duplicate: 0.1, 'older-again': 0.1, 'swap-keys': 0.1, fail: 0.1, drop: 0.1 }, { values: 'on-demand' }))
})
