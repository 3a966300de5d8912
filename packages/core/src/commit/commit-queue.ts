import { callerContext, diagnostics } from '../diagnostics.ts'
import { StoreUnavailableError } from '../errors.ts'
import { turnPauseMs } from './backoff.ts'
import type { View } from './commit-state.ts'
import type { CommitTarget } from './commit-target.ts'
import { EndWriter } from './end-writer.ts'
import { GroupWriter } from './group-writer.ts'
import type { PendingCommit } from './pending-commit.ts'
import { Turns } from './turns.ts'
import { leaveUnlessPending } from './leave-indexes.ts'
import { type LostRace, type WriteResult, type Writer, write } from './write.ts'
import { writeError } from './write-error.ts'

/** The most commits in one request: as many as the ids that a document names, so that each of them can be found. */
const groupLimit = 32

/** How long after a lost race a scope counts as contended, in milliseconds. */
const contendedMs = 100

/** The most requests for an end, a rotation or a renewal. */
const jobAttempts = 64

/** Work that has the scope for itself. */
type Job = () => Promise<void>

type Entry = { readonly type: 'commit'; readonly pending: PendingCommit } | { readonly type: 'job'; readonly run: Job }

/**
 * All writes of one process to one scope: one in flight, in the order of the calls (DESIGN §6, rule 1). What queues up
 * meanwhile is written together.
 */
export class CommitQueue {
  readonly #target: CommitTarget
  #entries: Entry[] = []
  #running: Promise<void> | undefined
  readonly #turns = new Turns()
  #contendedUntil = -Infinity

  constructor(target: CommitTarget) {
    this.#target = target
  }

  /** Nothing waits and nothing is being written. */
  get isIdle(): boolean {
    return this.#running === undefined
  }

  /** The commit will be written after all that was pushed before, together with its neighbours. */
  push(pending: PendingCommit): void {
    this.#entries.push({ type: 'commit', pending })
    this.#start()
  }

  /** Runs `job` after all that was pushed before and before all that comes later. */
  run<T>(job: () => Promise<T>): Promise<T> {
    const caller = callerContext()
    const done = caller ? (): Promise<T> => caller(job) : job
    return new Promise((resolve, reject) => {
      this.#entries.push({ type: 'job', run: () => done().then(resolve, reject) })
      this.#start()
    })
  }

  /** Resolves when nothing waits any more. */
  async drained(): Promise<void> {
    while (this.#running) await this.#running
  }

  /** Writes to the scope, on `begin` or on what is known of it; for jobs, which run in the queue. */
  write(writer: Writer, begin?: View): Promise<WriteResult> {
    return write(this.#target, writer, { attempts: jobAttempts, timeoutMs: this.#target.timeoutMs }, begin)
  }

  /**
   * Ends the scope if its deadline has passed, before anybody is told that it has ended (lease protocol N9).
   * For jobs and groups, which run in the queue. @returns the scope afterwards
   */
  async endIfOverdue(view: View): Promise<View> {
    const end = new EndWriter(this.#target, { reason: 'expired' }, undefined)
    const result = await this.write(end)
    end.tell(result.verdict)
    const { type } = result.verdict
    if (type === 'given-up' || type === 'failed') throw writeError(this.#target, result)
    await leaveUnlessPending(this.#target, this.#target.copy)
    return this.#target.copy ?? view
  }

  #start(): void {
    this.#running ??= this.#drain().finally(() => {
      this.#running = undefined
      // Pushed after the loop had looked and before this: nobody else would start again.
      if (this.#entries.length > 0) this.#start()
    })
  }

  async #drain(): Promise<void> {
    // What is pushed in the same turn of the event loop goes together.
    await Promise.resolve()
    for (let entry = this.#entries[0]; entry; entry = this.#entries[0]) {
      if (entry.type === 'job') {
        this.#entries.shift()
        await entry.run()
        continue
      }
      const { origin, caller } = entry.pending
      // For whom a group is written is told of the first of it.
      await (caller ? caller(() => this.#takeTurn(origin.process)) : this.#takeTurn(origin.process))
    }
  }

  async #takeTurn(process: string): Promise<void> {
    await this.#awaitTurn(process)
    await this.#writeGroup(process)
  }

  /**
   * Where others write too: lets those go first who have waited longer, and knows then what they wrote (DESIGN §6, rule 1).
   * Once only: who is ahead and does not come is not waited for.
   */
  async #awaitTurn(process: string): Promise<void> {
    const { clock } = this.#target
    if (clock.monotonic() >= this.#contendedUntil) return this.#turns.begin(this.#target.copy)
    this.#turns.note(this.#target.copy, clock.monotonic())
    const pauseMs = this.#pauseMs(process, false)
    if (pauseMs === 0) return
    await clock.sleep(pauseMs)
    // If it fails, the write itself will find out what is wrong.
    await this.#target.load().catch(() => undefined)
    if (this.#turns.note(this.#target.copy, clock.monotonic())) this.#lostRace()
  }

  #pauseMs(process: string, wasDisputed: boolean): number {
    const now = this.#target.clock.monotonic()
    const [ahead, rivals] = [this.#turns.ahead(process, now), this.#turns.rivals(process, now)]
    return turnPauseMs({ ahead, rivals, wasDisputed }, Math.random())
  }

  #lostRace(): void {
    this.#contendedUntil = this.#target.clock.monotonic() + contendedMs
  }

  async #writeGroup(process: string): Promise<void> {
    const group = new GroupWriter(
      this.#target,
      (taken, view) => this.#takeCommits(groupLimit - taken, view),
      view => this.endIfOverdue(view),
    )
    try {
      // Each commit has its own number of attempts, which the group looks at.
      const { timeoutMs, clock } = this.#target
      const yieldMs = ({ view, attempts }: LostRace): number => {
        this.#turns.note(view, clock.monotonic())
        return this.#pauseMs(process, attempts > 1)
      }
      const limits = { attempts: Infinity, timeoutMs, yieldMs }
      const result = await write(this.#target, group, limits)
      if (result.wasRefused) this.#lostRace()
      group.finish(result)
      await this.#leaveIndexes(group)
    } catch (error) {
      const message = `The commits to ${this.#target.documentKey} were given up because of an unexpected error, which is the cause: open the scope and look before you do them again.`
      group.abandon(
        error instanceof Error ? error : new StoreUnavailableError(message, { cause: error, outcome: 'unknown' }),
      )
    }
  }

  /** Not before the callers are told, and before the next commit, which may enter the scope again. */
  async #leaveIndexes(group: GroupWriter): Promise<void> {
    try {
      await group.leaveIndexes()
    } catch (error) {
      diagnostics.backgroundFailed.publish({ documentKey: this.#target.documentKey, what: 'index', error })
    }
  }

  /** Those that `view` is not too old for, up to the first that it is: an answer may have been long on its way. */
  #takeCommits(count: number, view: View): readonly PendingCommit[] {
    const taken: PendingCommit[] = []
    for (let entry = this.#entries[0]; entry?.type === 'commit' && taken.length < count; entry = this.#entries[0]) {
      if (this.#isOfLaterLife(entry.pending, view)) break
      taken.push(entry.pending)
      this.#entries.shift()
    }
    return taken
  }

  /** Its handle belongs to a life that is known by now and not in `view`: there it would look like one that has ended. */
  #isOfLaterLife({ binding }: PendingCommit, view: View): boolean {
    const { life } = binding
    return life !== undefined && life !== view?.document.life && life === this.#target.copy?.document.life
  }
}
