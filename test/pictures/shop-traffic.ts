import {
  type DocumentStore,
  type Scope,
  type ScopeDefinition,
  type Scopes,
  counter,
  defineScope,
  inc,
  openScopes,
} from '@scopes/core'
import type { ManualClock, SeededRandom } from '@scopes/testing'

/** What a visitor of the shop in the pictures has. */
interface VisitState {
  cart: Record<string, number>
  hits: number
  user?: string
  since: Date
}

const articles = ['microscope', 'telescope', 'periscope', 'oscilloscope', 'kaleidoscope', 'stethoscope']
const names = ['Ada', 'Bela', 'Cleo', 'Dana', 'Emil', 'Fay', 'Gus', 'Hana']

/** Visitors of a shop of two processes, on a clock that they turn. What they do comes from the seed alone. */
export class ShopTraffic {
  /** Whom the pictures show: he is logged in, and has had two windows open. */
  readonly visitor: string
  readonly #clock: ManualClock
  readonly #random: SeededRandom
  readonly #processes: readonly Scopes[]
  readonly #Session: ScopeDefinition<VisitState>
  readonly #visitors: readonly string[]

  private constructor(clock: ManualClock, random: SeededRandom, processes: readonly Scopes[]) {
    this.#clock = clock
    this.#random = random
    this.#processes = processes
    this.#Session = defineScope({
      kind: 'session',
      initial: (): VisitState => ({ cart: {}, hits: 0, since: new Date(clock.now()) }),
      idle: '30m',
      merge: { hits: counter() },
    })
    this.#visitors = Array.from({ length: 24 }, () => this.#id())
    this.visitor = this.#visitors[0] ?? ''
  }

  /** Whoever opens it closes it. */
  static async open(store: DocumentStore, clock: ManualClock, random: SeededRandom): Promise<ShopTraffic> {
    const processes = await Promise.all(
      [1, 2].map(number =>
        openScopes({ application: 'shop', store, clock, process: `worker-${number}`, reaper: false }),
      ),
    )
    return new ShopTraffic(clock, random, processes)
  }

  /** The process that an inspector is mounted in. */
  get mounted(): Scopes {
    const [first] = this.#processes
    if (first === undefined) throw new Error('There are two processes.')
    return first
  }

  /** One second of the shop. */
  async second(): Promise<void> {
    const requests = 1 + this.#random.below(6)
    for (let request = 0; request < requests; request++) {
      await this.#request(this.#random.pick(this.#visitors))
      await this.#clock.advance(Math.floor(900 / requests))
    }
    await this.#clock.advance(100)
  }

  /** What the pictures are about: he logs in, buys, and two of his windows change the cart at the same time. */
  async story(): Promise<void> {
    const [one, two] = this.#processes.map(
      scopes => (request: string) => scopes.open(this.#Session, this.visitor, { request }),
    )
    if (one === undefined || two === undefined) throw new Error('There are two processes.')
    await this.#while((await one('POST /login')).update(draft => void (draft.user = 'Hana')))
    await this.#clock.advance(4000)
    const windows = await Promise.all([one('POST /cart/telescope'), two('POST /cart/microscope')])
    const drafts = windows.map(window => window.draft())
    for (const [index, draft] of drafts.entries()) {
      draft.value.hits++
      draft.value.cart[index === 0 ? 'telescope' : 'microscope'] = 2
    }
    for (const draft of drafts) await this.#while(draft.commit())
    await this.#clock.advance(7000)
    await this.#while((await two('GET /cart')).update(draft => inc(draft, 'hits', 1)))
  }

  async close(): Promise<void> {
    await Promise.all(this.#processes.map(scopes => scopes.close()))
  }

  async #request(id: string): Promise<void> {
    const what = this.#random.next()
    const article = this.#random.pick(articles)
    const request =
      what < 0.5 ? `POST /cart/${article}` : what < 0.6 ? 'POST /login' : what < 0.66 ? 'POST /logout' : 'GET /'
    const session = await this.#random.pick(this.#processes).open(this.#Session, id, { request })
    if (session.ended) return
    await this.#while(this.#answer(session, request, article))
  }

  #answer(session: Scope<VisitState>, request: string, article: string): Promise<unknown> {
    const name = this.#random.pick(names)
    switch (request) {
      case 'POST /login':
        return session.update(draft => void (draft.user ??= name))
      case 'POST /logout':
        return session.id === this.visitor || !session.isStored ? Promise.resolve() : session.end('logout')
      case 'GET /':
        return session.update(draft => inc(draft, 'hits', 1))
      default:
        return session.update(draft => void (draft.cart[article] = (draft.cart[article] ?? 0) + 1))
    }
  }

  /** The work, until which the clock goes on. */
  async #while(work: Promise<unknown>): Promise<void> {
    const state = { isOver: false }
    const watched = work.finally(() => (state.isOver = true))
    while (!state.isOver) await this.#clock.advance(1)
    await watched
  }

  #id(): string {
    return Array.from({ length: 32 }, () => this.#random.below(16).toString(16)).join('')
  }
}
