import type { StoreToken } from '../../src/document/stored-document.ts'
import { type LeaseWish, noMemory } from '../../src/lock/lease-memory.ts'
import type { LeaseEffect, LeaseEvent, LeaseState } from '../../src/lock/lease-state.ts'
import { type LockDocument, type LockView, ttlSecondsOf } from '../../src/lock/lock-document.ts'
import { nextLease, wakeAt } from '../../src/lock/next-lease.ts'

type Request = Extract<LeaseEffect, { readonly type: 'load' | 'insert' | 'replace' | 'remove' }>
type Answer = Extract<LeaseEvent, { readonly type: 'done' | 'refused' | 'loaded' }>

/** A rule that is broken: each part changes what passes between a machine and the world. */
export interface Flaw {
  readonly wish?: (wish: LeaseWish, state: LeaseState) => LeaseWish
  readonly request?: (request: Request) => Request & { readonly isBlind?: boolean }
  readonly view?: (view: LockView, name: string) => LockView
  /** The time that an answer is taken for. */
  readonly answeredAt?: (now: number, sentAt: number) => number
  /** Moves the time from which a belief counts. */
  readonly believesFrom?: (sentAt: number, now: number) => number
  readonly ttlMs?: (ttlMs: number) => number
}

interface Process {
  readonly wish: LeaseWish
  state: LeaseState
  request: (Request & { readonly isBlind?: boolean }) | undefined
  answer: Answer | undefined
  sentAt: number
  isDead: boolean
}

/**
 * Some processes and one lock, step by step: what is sent is executed when the test says so, and heard of when it says so. After
 * each step nobody may believe beside an exclusive holder, and nobody is put out who believes.
 */
export class LockWorld {
  /** What was wrong. */
  readonly violations: string[] = []
  readonly #flaw: Flaw
  readonly #processes = new Map<string, Process>()
  #now = 0
  #tokens = 0n
  #stored: (NonNullable<LockView> & { readonly until: number }) | undefined

  constructor(flaw: Flaw = {}) {
    this.#flaw = flaw
  }

  get stored(): LockDocument | undefined {
    if (this.#stored && this.#stored.until <= this.#now) this.#stored = undefined
    return this.#stored?.document
  }

  stateOf(name: string): LeaseState['type'] {
    return this.#of(name).state.type
  }

  /** The process wants the lock: its first request is on its way. */
  wants(name: string, wish: Partial<LeaseWish> = {}, id: string = name): void {
    const whole: LeaseWish = {
      id,
      process: name,
      type: 'exclusive',
      amount: 1,
      leaseMs: 300,
      begins: 'insert',
      waits: true,
      ...wish,
    }
    const state: LeaseState = { type: 'new', memory: noMemory }
    const process = { wish: whole, state, request: undefined, answer: undefined, sentAt: 0, isDead: false }
    this.#processes.set(name, process)
    this.#take(name, { type: 'started' })
  }

  /** The store executes what the process has sent. */
  execute(name: string): void {
    const process = this.#of(name)
    if (process.request === undefined) return
    process.answer = this.#executed(name, process.request)
    process.request = undefined
  }

  /** The process hears of it. */
  hears(name: string): void {
    const process = this.#of(name)
    const { answer } = process
    if (answer === undefined) return
    process.answer = undefined
    this.#take(name, answer)
  }

  /** The answer never comes. @returns what executes the request at last, where it was not executed */
  losesAnswer(name: string): () => void {
    const process = this.#of(name)
    const { request } = process
    process.request = undefined
    process.answer = undefined
    this.#take(name, { type: 'ambiguous' })
    return () => void (request && this.#executed(name, request))
  }

  /** Everything that these processes send is executed and heard of at once. */
  settle(...names: readonly string[]): void {
    for (let steps = 0; steps < 50; steps++) {
      const busy = names.filter(name => this.#of(name).request ?? this.#of(name).answer)
      if (busy.length === 0) return
      for (const name of busy) this.execute(name)
      for (const name of busy) this.hears(name)
    }
    this.violations.push('nobody comes to rest')
  }

  /** Time passes; these processes act when they are due, and are answered at once. */
  passes(ms: number, ...acting: readonly string[]): void {
    for (const end = this.#now + ms; this.#now < end; this.#now++) {
      for (const name of acting) {
        const at = wakeAt(this.#of(name).state)
        if (at !== undefined && at <= this.#now) this.#take(name, { type: 'time' })
      }
      this.settle(...acting)
      // Belief ends by time also where nobody acts.
      this.#check()
    }
  }

  /** The process is done with the lock, or does not want it any more. */
  leaves(name: string): void {
    this.#take(name, { type: 'unwanted' })
  }

  /** Somebody has told that the lock has changed. */
  wakes(name: string): void {
    this.#take(name, { type: 'woken', token: undefined })
  }

  dies(name: string): void {
    this.#of(name).isDead = true
  }

  believes(name: string): boolean {
    const { state, isDead } = this.#of(name)
    if (isDead || !('grant' in state)) return false
    return !state.grant.isLost && state.grant.believedUntil > this.#now
  }

  #of(name: string): Process {
    const process = this.#processes.get(name)
    if (process === undefined) throw new Error(`There is no ${name}.`)
    return process
  }

  #take(name: string, event: LeaseEvent): void {
    const process = this.#of(name)
    if (process.isDead) return
    const { wish: broken, view, answeredAt, believesFrom, request: changed } = this.#flaw
    const wish = broken?.(process.wish, process.state) ?? process.wish
    const seen = event.type === 'loaded' && view ? { ...event, view: view(event.view, name) } : event
    const now = event.type === 'loaded' ? (answeredAt?.(this.#now, process.sentAt) ?? this.#now) : this.#now
    let { state } = process
    if (believesFrom && event.type === 'done') {
      const sent = new Map([...state.memory.sent].map(([beat, at]) => [beat, believesFrom(at, now)] as const))
      state = { ...state, memory: { ...state.memory, sent } }
    }
    const next = nextLease(wish, state, seen, { now, random: 0.5 })
    process.state = next.state
    for (const effect of next.effects) {
      if (effect.type === 'granted' || effect.type === 'lost') continue
      process.request = changed?.(effect) ?? effect
      process.sentAt = this.#now
    }
    this.#check()
  }

  #executed(name: string, request: Request & { readonly isBlind?: boolean }): Answer {
    const before = this.stored
    if (request.type === 'load') return { type: 'loaded', view: before && this.#stored }
    const isBlind = request.isBlind === true
    if (request.type === 'insert' ? before !== undefined : before === undefined && !isBlind) return { type: 'refused' }
    if (request.type !== 'insert' && !isBlind && request.token !== this.#stored?.token) return { type: 'refused' }
    const token = ++this.#tokens as StoreToken
    const after = request.type === 'remove' ? undefined : request.document
    for (const { id, process } of before?.holders ?? []) {
      if (process === name || after?.holders.some(other => other.id === id)) continue
      if (this.believes(process)) this.violations.push(`${name} puts out ${process}, who believes`)
    }
    const ttlMs = after && ttlSecondsOf(after) * 1000
    this.#stored = after && {
      document: after,
      token,
      until: this.#now + (this.#flaw.ttlMs?.(ttlMs ?? 0) ?? ttlMs ?? 0),
    }
    return { type: 'done', token }
  }

  #check(): void {
    const sure = [...this.#processes].filter(([name]) => this.believes(name))
    if (sure.length < 2 || sure.every(([, { wish }]) => wish.type === 'readonly')) return
    this.violations.push(`${sure.map(([name]) => name).join(' and ')} believe at once`)
  }
}
