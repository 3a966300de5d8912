import { type Scope, ScopeEndedError, type Scopes, decodeDocument, outlineOf } from '@scopes/core'
import { type ManualClock, manualClock } from '@scopes/testing'
import fc from 'fast-check'
import { describe, test } from 'vitest'
import type { ReplicasOptions } from '../src/index.ts'
import { CrashableStore } from './crashable-store.ts'
import { type Reader, Session, type Visit, open, openReader } from './fixture.ts'
import { propertySettings } from './property-settings.ts'

const ids = ['s1', 's2', 's3'] as const

const stepTypes = [
  'write',
  'write elsewhere',
  'write elsewhere',
  'end elsewhere',
  'open',
  'open stamped',
  'hold',
  'peek',
  'run',
  'crash',
  'restart',
] as const

interface Step {
  readonly type: (typeof stepTypes)[number]
  readonly id: (typeof ids)[number]
  readonly pick: number
}

const anyStep: fc.Arbitrary<Step> = fc.record({
  type: fc.constantFrom(...stepTypes),
  id: fc.constantFrom(...ids),
  pick: fc.nat({ max: 5 }),
})

/** A store that loses writes, somebody who writes, and a process with replicas that has to agree in the end. */
class Model {
  /** The hits that were ever stored as a version of a life: after a crash there may be others. */
  readonly #history = new Map<string, Set<number>>()
  /** Lives whose end the process has shown. */
  readonly #ended = new Set<string>()
  readonly #held: (readonly [id: string, scope: Scope<Visit>])[] = []
  #stamp: string | undefined
  #hits = 0
  readonly #clock: ManualClock
  readonly #store: CrashableStore
  readonly #writer: Scopes
  readonly #openReader: () => Promise<Reader>
  #reader: Reader

  constructor(
    clock: ManualClock,
    store: CrashableStore,
    writer: Scopes,
    reader: Reader,
    openAnother: () => Promise<Reader>,
  ) {
    this.#clock = clock
    this.#store = store
    this.#writer = writer
    this.#reader = reader
    this.#openReader = openAnother
  }

  async step({ type, id, pick }: Step): Promise<void> {
    switch (type) {
      case 'write':
        return this.#write(this.#reader.scopes, id)
      case 'write elsewhere':
        return this.#write(this.#writer, id)
      case 'end elsewhere':
        return this.#passing((await this.#writer.open(Session, id)).end())
      case 'open':
        return this.#check(id, await this.#reader.scopes.open(Session, id))
      case 'open stamped':
        return this.#openStamped(id)
      case 'hold':
        this.#held.push([id, await this.#reader.scopes.open(Session, id)])
        return
      case 'peek':
        return this.#peek(id)
      case 'run':
        await new Promise(resolve => setImmediate(resolve))
        for (const [held, scope] of this.#held) this.#check(held, scope)
        return
      case 'crash':
        return this.#store.crash(1 + (pick % 3), pick)
      case 'restart':
        this.#held.length = 0
        this.#ended.clear()
        await this.close()
        this.#reader = await this.#openReader()
        return
      default:
        return type satisfies never
    }
  }

  /** Everything is as it is stored, and no life whose end was shown is stored alive. */
  async expectAgreement(): Promise<void> {
    for (const id of ids) {
      const stored = await this.#store.load(`session:shop:${id}`)
      const document = stored && decodeDocument(stored.bytes)
      const hits = document?.type === 'live' ? document.state['hits'] : 0
      if (document?.type === 'live' && this.#ended.has(`${id} ${document.life}`)) {
        throw new Error(`${id} is stored alive in a life whose end was shown.`)
      }
      this.#peek(id)
      const shown = await this.#reader.scopes.open(Session, id)
      this.#check(id, shown)
      if (shown.value.hits !== hits) throw new Error(`${id} is stored with ${String(hits)}, shown ${shown.value.hits}.`)
      for (const [held, scope] of this.#held) {
        if (held === id && scope.isStored && scope.value.hits !== hits)
          throw new Error(`A handle of ${id} is not current.`)
      }
    }
  }

  async openAll(): Promise<void> {
    for (const id of ids) this.#check(id, await this.#reader.scopes.open(Session, id))
  }

  close(): Promise<void> {
    return this.#passing(this.#reader.scopes.close())
  }

  async #write(scopes: Scopes, id: string): Promise<void> {
    const hits = ++this.#hits
    for (;;) {
      const session = await scopes.open(Session, id, scopes === this.#reader.scopes ? { maxStaleMs: 0 } : {})
      try {
        const { version } = await this.#passing(session.update(draft => void (draft.hits = hits)))
        const key = `${id} ${session.life} ${version}`
        this.#history.set(key, new Set([...(this.#history.get(key) ?? []), hits]))
        this.#stamp = session.stamp
        return
      } catch (error) {
        if (!(error instanceof ScopeEndedError)) throw error
      }
    }
  }

  /** What is waited for, while time passes: a write that was refused pauses before it is tried again. */
  async #passing<T>(writing: Promise<T>): Promise<T> {
    let isOver = false
    const done = (): void => void (isOver = true)
    writing.then(done, done)
    await new Promise(resolve => setImmediate(resolve))
    while (!isOver) await this.#clock.advance(10)
    return writing
  }

  async #openStamped(id: string): Promise<void> {
    if (this.#stamp === undefined) return
    const [life, version, shortId = ''] = this.#stamp.split('.')
    const stored = await this.#store.load(`session:shop:${id}`)
    const outline = stored && outlineOf(stored.bytes)
    const isStored = outline?.life === life && outline?.idAt(Number(version))?.startsWith(shortId) === true
    const { freshness, isStored: isShown } = await this.#reader.scopes.open(Session, id, { atLeast: this.#stamp })
    if (freshness === undefined) throw new Error('Nothing was said of the stamp.')
    if (isStored && freshness === 'lost') throw new Error(`${this.#stamp} is stored, and said to be lost.`)
    if (isStored && !outline.isEnded && isShown && freshness !== 'contained') {
      throw new Error(`${this.#stamp} is stored and shown, and said to be ${freshness}.`)
    }
  }

  #peek(id: string): void {
    const document = this.#reader.cache.get(`session:shop:${id}`)?.document
    if (document?.type !== 'live') return
    this.#expectStored(id, document.life, document.version, document.state['hits'])
  }

  #check(id: string, { isStored, life, version, value, ended }: Scope<Visit>): void {
    if (isStored) return this.#expectStored(id, life, version, value.hits)
    if (ended?.reason === 'ended' && life !== undefined) this.#ended.add(`${id} ${life}`)
  }

  #expectStored(id: string, life: string | undefined, version: number, hits: unknown): void {
    if (!this.#history.get(`${id} ${life}`.concat(` ${version}`))?.has(Number(hits))) {
      throw new Error(`${id} shows ${String(hits)} as version ${version} of ${life}, which never was.`)
    }
    if (this.#ended.has(`${id} ${life}`)) throw new Error(`${id} shows a life whose end was shown before.`)
  }
}

async function run(steps: readonly Step[], cached: ReplicasOptions): Promise<void> {
  const clock = manualClock()
  const store = new CrashableStore(clock)
  const writer = await open(store, { clock })
  const openAnother = (): Promise<Reader> => openReader(store, { clock, cached, awaitsLive: false })
  const model = new Model(clock, store, writer, await openAnother(), openAnother)
  await clock.advance(0)
  for (const step of steps) await model.step(step)
  await clock.advance(10_000)
  // Whoever has only heard of an end ends the scope again when it is opened.
  await model.openAll()
  await clock.advance(10_000)
  await model.expectAgreement()
  await model.close()
  await writer.close()
}

// A value that is shown was stored once, under its own version; a life whose end was shown is not shown again, and not left
// alive in the store; a commit that is stored is not said to be lost; and when all has arrived, memory is what is stored.
describe('a store that loses acknowledged writes', () => {
  test.each([
    ['fed', {}],
    ['fed, with room for one decoded replica of two', { maxReplicas: 2, maxDecoded: 1 }],
    ['on demand', { values: 'on-demand' }],
  ] satisfies readonly (readonly [string, ReplicasOptions])[])('%s', async (_, cached) => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { maxLength: 50, size: 'max' }), steps => run(steps, cached)),
      propertySettings(100),
    )
  })
})
