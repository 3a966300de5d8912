import {
  type Clock,
  ConflictError,
  LockLostError,
  type Scope,
  type ScopeDefinition,
  ScopeEndedError,
  type Scopes,
} from '@scopes/core'
import { cfmlDiagnostics } from '../diagnostics.ts'
import { onlyId } from '../scope/definitions.ts'
import { type ApplicationState, systemKey } from '../scope/system-values.ts'
import { type EndWord, type EndingParts, carryOutEnd, endApplication, isOver } from './ending.ts'
import { IdleWatch } from './idle-watch.ts'
import { UseLease } from './use-lease.ts'

/** What an application is run with. */
export interface RunParts {
  readonly scopes: Scopes
  readonly definition: ScopeDefinition<ApplicationState>
  readonly timeoutMs: number
  /** How long to wait for others who start or end it. */
  readonly startTimeoutMs: number
  /** Others are told of changes as they are made; else each request looks. */
  readonly hasFeed: boolean
  readonly clock: Clock
  /**
   * Sets what the application begins with.
   * @param draft of its state; afterwards it is stored, unless this rejects
   */
  readonly start: (draft: ApplicationState) => Promise<void>
}

/** How long a process keeps the use lease when no request runs, in milliseconds. */
const lingerMs = 15_000

/** Starts an application once over all processes, and keeps it while requests use it (lease protocol §5). */
export class ApplicationRun {
  readonly #parts: RunParts
  readonly #ending: EndingParts
  readonly #closing = new AbortController()
  readonly #idle: IdleWatch
  /** The lease that requests of this process run under now. */
  #use: UseLease | undefined
  #scope: Scope<ApplicationState> | undefined
  #readying: Promise<UseLease> | undefined
  #unfollow: (() => void) | undefined

  constructor(parts: RunParts) {
    const { scopes, definition, clock } = parts
    this.#parts = parts
    this.#ending = { scopes, definition, useKey: this.#key('use'), now: () => clock.now() }
    this.#idle = new IdleWatch({
      clock,
      signal: this.#closing.signal,
      deadlineOf: async () => {
        const scope = await this.#open()
        return scope.isStored ? scope.value[systemKey].deadline : undefined
      },
      end: () => this.#endIdle(),
      failed: error => this.#failed('end', error),
    })
  }

  /** Whether a request could begin now without waiting, as far as this process knows. */
  get isRunning(): boolean {
    return this.#current() !== undefined
  }

  /**
   * The application is running, and does not end before the lease is left. Who finds none starts it; the others wait.
   * Rejects with what the start rejects with, with LockTimeoutError when others take too long, with StoreUnavailableError.
   * @param renews false: the application lives no longer for it
   */
  async enter({ renews = true }: { readonly renews?: boolean } = {}): Promise<UseLease> {
    if (!this.#parts.hasFeed && this.#current() !== undefined) this.#scope = await this.#open()
    // A lease that was lost or is being given back is followed by another, which takes a trip to the store.
    for (;;) {
      const use = this.#current() ?? (await this.#ready())
      if (!use.isOpen) continue
      use.enter()
      if (renews) this.#renew()
      return use
    }
  }

  /** Whether somebody has started it, and it has not ended: asks the store. */
  async isStarted(): Promise<boolean> {
    const scope = await this.#open()
    return scope.isStored && scope.value[systemKey].ending === undefined
  }

  /** Watches for the end of an application that earlier processes have left. */
  watchIdle(): void {
    this.#idle.start()
  }

  /**
   * Ends it when the requests that run now have ended; those that begin meanwhile wait for a new start. The caller must have
   * left it. Resolves when it has ended, at once when there is none.
   */
  async stop(): Promise<void> {
    const scope = await this.#open()
    if (!scope.isStored) return
    // Told to the other processes, which would keep their leases for a while.
    await this.#update(scope, draft => void (draft[systemKey].isStopping = true))
    await this.#retire()
    await endApplication(this.#ending, 'stopped', this.#parts.startTimeoutMs)
  }

  /** Afterwards nothing of it is held or awaited any more. It goes on elsewhere. */
  async close(): Promise<void> {
    this.#closing.abort()
    this.#unfollow?.()
    await Promise.allSettled([this.#readying])
    void this.#use?.retire()
    this.#use = undefined
  }

  #current(): UseLease | undefined {
    const use = this.#use
    if (use === undefined || !use.isOpen || !this.#isAlive()) return undefined
    // A lease that is only kept for a while does not keep an application whose time is over.
    return use.isUsed || !this.#isOverdue() ? use : undefined
  }

  #isAlive(): boolean {
    const scope = this.#scope
    if (!scope?.isStored) return false
    const { isStopping = false, ending } = scope.value[systemKey]
    return !isStopping && ending === undefined
  }

  #isOverdue(): boolean {
    const deadline = this.#scope?.value[systemKey].deadline ?? Infinity
    return isOver(deadline, this.#parts.clock.now())
  }

  #ready(): Promise<UseLease> {
    this.#readying ??= this.#begin().finally(() => (this.#readying = undefined))
    return this.#readying
  }

  async #begin(): Promise<UseLease> {
    await this.#retire()
    const { scopes, startTimeoutMs, clock } = this.#parts
    await this.#endIdle()
    const use = await UseLease.take({
      scopes,
      key: this.#key('use'),
      timeoutMs: startTimeoutMs,
      lingerMs,
      sleep: (ms, signal) => clock.sleep(ms, signal, { isBackground: true }),
      monotonic: () => clock.monotonic(),
    })
    try {
      // Each turn finds an application, or ends what others have begun to end, or starts one.
      for (;;) {
        const scope = await this.#open()
        if (!scope.isStored) await this.#start(use)
        else if (await this.#claim(scope, use)) return this.#follow(scope, use)
      }
    } catch (error) {
      void use.retire()
      throw error
    }
  }

  /** Tells an end by an older holder of the lease that it comes too late (A4). @returns false when the application is ending */
  async #claim(scope: Scope<ApplicationState>, use: UseLease): Promise<boolean> {
    let ending: EndWord | undefined
    const isDone = await this.#update(scope, draft => {
      const run = draft[systemKey]
      ending = run.ending
      if (ending !== undefined) return
      if (run.use < use.token) run.use = use.token
      // Who wanted it to end and has not stood in line waits for this process too.
      delete run.isStopping
      if (this.#isRenewalDue(run.deadline)) run.deadline = this.#deadline()
    })
    if (ending !== undefined) await carryOutEnd(scope)
    return isDone && ending === undefined
  }

  /** Afterwards somebody has started it. Rejects, and nothing is stored, when the start does (A1, A2). */
  async #start({ token }: UseLease): Promise<void> {
    const { scopes, start, startTimeoutMs } = this.#parts
    await scopes.lock({ scope: { key: this.#key('start') }, timeoutMs: startTimeoutMs }, async () => {
      const scope = await this.#open()
      if (scope.isStored) return
      const work = scope.draft()
      await start(work.value)
      work.value[systemKey].use = token
      work.value[systemKey].deadline = this.#deadline()
      try {
        await work.commit({ onConflict: 'fail' })
      } catch (error) {
        // This process stood still, and another has started it.
        if (!(error instanceof ConflictError) && !(error instanceof LockLostError)) throw error
      }
    })
  }

  #follow(scope: Scope<ApplicationState>, use: UseLease): UseLease {
    this.#unfollow?.()
    this.#scope = scope
    this.#use = use
    const retire = (): void => {
      if (this.#scope === scope && !this.#isAlive()) void this.#retire()
    }
    const subscription = scope.value$.subscribe({ next: retire, complete: retire })
    this.#unfollow = () => subscription.unsubscribe()
    this.#idle.start()
    use.rest()
    return use
  }

  /** Afterwards the lease is given back, or will be when the last request under it has ended. */
  async #retire(): Promise<void> {
    const use = this.#use
    if (use === undefined) return
    this.#use = undefined
    const given = use.retire()
    if (!use.isUsed) await given
  }

  /** Ends it if it is over and nobody uses it. */
  async #endIdle(): Promise<void> {
    const scope = await this.#open()
    if (!scope.isStored || !isOver(scope.value[systemKey].deadline, this.#parts.clock.now())) return
    if (this.#use?.isUsed) return
    await this.#retire()
    await endApplication(this.#ending, 'idle', 0)
  }

  /** Moves the deadline, about ten times in a time-out. No request waits for it. */
  #renew(): void {
    const scope = this.#scope
    if (scope === undefined || !this.#isRenewalDue(scope.value[systemKey].deadline)) return
    const deadline = this.#deadline()
    this.#update(scope, draft => void (draft[systemKey].deadline = deadline)).catch((error: unknown) => {
      this.#failed('deadline', error)
    })
  }

  #failed(what: 'deadline' | 'end', error: unknown): void {
    cfmlDiagnostics.backgroundFailed.publish({ application: this.#parts.scopes.application, what, error })
  }

  #isRenewalDue(deadline: number): boolean {
    return deadline - this.#parts.clock.now() < this.#parts.timeoutMs * 0.9
  }

  #deadline(): number {
    return this.#parts.clock.now() + this.#parts.timeoutMs
  }

  /** @returns false when it has ended */
  async #update(scope: Scope<ApplicationState>, recipe: (draft: ApplicationState) => void): Promise<boolean> {
    try {
      await scope.update(recipe)
      return true
    } catch (error) {
      if (error instanceof ScopeEndedError) return false
      throw error
    }
  }

  #open(): Promise<Scope<ApplicationState>> {
    return this.#parts.scopes.open(this.#parts.definition, onlyId, { maxStaleMs: 0 })
  }

  /** The keys of the leases: locks of scopes that no application has, so that no lock of an application is the same. */
  #key(lease: 'use' | 'start'): { readonly application: string; readonly kind: string; readonly id: string } {
    return { application: this.#parts.scopes.application, kind: 'application', id: lease }
  }
}
