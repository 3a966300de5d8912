import type { Clock, ScopeDefinition } from '@scopes/core'
import type { SeededRandom } from '../../seeded-random.ts'
import type { LockHeld } from '../history.ts'
import type { Ledger, Trace } from '../ledger.ts'
import type { RecordedScope, RecordedWrite } from '../recorded-scope.ts'
import { wrongMs } from './system-clocks.ts'
import type { SystemProcess } from './system-process.ts'
import { writeByOps } from './write-by-ops.ts'

/** What a client works with. */
export interface ClientOptions {
  /** Begins the marks that it writes. */
  readonly name: string
  readonly random: SeededRandom
  /** Decides about locks; undefined: there are none. */
  readonly locking: SeededRandom | undefined
  /** Decides about time and the wall clock of the process; undefined: clocks are right. */
  readonly timing: SeededRandom | undefined
  /** The wall clock of the process jumps. */
  readonly isJumping: boolean
  readonly clock: Clock
  readonly definition: ScopeDefinition<Ledger>
  readonly padding: number
  /** Plain increments add up in a merge. */
  readonly isCounting: boolean
  /** The ids that are in use; rotations add to them. */
  readonly ids: string[]
  /** The process as it runs now: another one after a restart. */
  readonly process: () => SystemProcess
  /** Ends the process and starts it again, in good order or not. */
  readonly restart: (isKilled: boolean) => Promise<void>
  /** Afterwards it is so much later for everybody. */
  readonly leap: (ms: number) => void
  /** Something has gone wrong. */
  readonly disturb: () => void
}

/** A handle that a client works with, in the process that it belongs to. */
interface Held {
  readonly process: SystemProcess
  readonly scope: RecordedScope
  /** Marks that are known to be stored in this life, and not taken away by this client. */
  readonly stored: { readonly life: string | undefined; readonly mark: string }[]
  stopWatching: (() => void) | undefined
}

/** One user of a process: opens scopes and does with them what chance says. */
export class SystemClient {
  readonly #options: ClientOptions
  readonly #held: Held[] = []
  #current: Held | undefined
  #writes = 0

  constructor(options: ClientOptions) {
    this.#options = options
  }

  /** Does so many steps, one after the other. */
  async run(steps: number): Promise<void> {
    for (let step = 0; step < steps; step++) {
      const { clock, random } = this.#options
      await clock.sleep(random.below(8))
      const { locking, timing } = this.#options
      if (timing) this.#passTime(timing)
      await (locking?.chance(0.4) ? this.#lock(locking) : this.#step())
    }
  }

  /** Writes down what those handles show that follow the feed. */
  readSettled(): void {
    for (const { process, scope, stopWatching } of this.#held) {
      if (process === this.#options.process() && (stopWatching || process.isFed)) scope.read(true)
    }
  }

  #passTime(random: SeededRandom): void {
    const { process, leap, isJumping } = this.#options
    if (isJumping && random.chance(0.15)) process().setClock(random.pick([0, 400, wrongMs, -wrongMs]))
    if (random.chance(0.06)) leap(random.pick([600_000, 1_500_000, 2_400_000]))
  }

  async #step(): Promise<void> {
    const { random, process, restart, leap } = this.#options
    const held = this.#current
    const isHeld = held !== undefined && held.process === process()
    const dice = random.below(100)
    if (!isHeld || dice < 10) return this.#open()
    const { scope } = held
    if (dice < 64) return this.#write(held)
    if (dice < 72) return scope.read()
    if (dice < 76) return scope.touch()
    if (dice < 86) return this.#watch(held)
    if (dice < 90) {
      const { observer } = process()
      if (random.chance(0.5)) observer?.stop()
      else observer?.start()
      return undefined
    }
    if (dice < 94) {
      if (await scope.end()) this.#current = undefined
      return undefined
    }
    if (dice < 96) return this.#rotate(held)
    if (dice < 97) return restart(random.chance(0.5))
    if (dice < 98) return this.#cutOff()
    return leap(random.pick([1_000, 600_000, 1_500_000, 2_400_000]))
  }

  async #open(): Promise<void> {
    const { process, definition, ids, random } = this.#options
    const opening = process()
    const key = { application: 'check', kind: definition.kind, id: random.pick(ids) }
    const scope = await opening.scopes.open(definition, key)
    this.#current = scope && this.#hold(opening, scope)
  }

  #hold(process: SystemProcess, scope: RecordedScope): Held {
    const held: Held = { process, scope, stored: [], stopWatching: undefined }
    this.#held.push(held)
    return held
  }

  /** Some writes under a lock, while others wait for it; now and then the process stands still for longer than its lease. */
  async #lock(random: SeededRandom): Promise<void> {
    const { process, definition, ids, clock } = this.#options
    const running = process()
    const leaseMs = random.pick([100, 300])
    const options = {
      name: random.pick(['one', 'two']),
      type: random.pick(['exclusive', 'exclusive', 'readonly'] as const),
      leaseMs,
      timeoutMs: random.pick([20, 1000]),
    }
    await running.scopes.lock(options, async under => {
      const key = { application: 'check', kind: definition.kind, id: random.pick(ids) }
      const scope = await running.scopes.open(definition, key)
      if (scope === undefined) return
      const held = this.#hold(running, scope)
      for (let writes = 1 + random.below(3); writes > 0; writes--) {
        await this.#writeOne(held, under)
        if (random.chance(0.3)) await running.stand(2 * leaseMs)
        else await clock.sleep(random.below(30))
      }
    })
  }

  async #write(held: Held): Promise<void> {
    const { random } = this.#options
    const size = random.pick([1, 1, 1, 2, 3])
    await Promise.all(Array.from({ length: size }, () => this.#writeOne(held)))
    held.scope.read()
    // Now and then somebody goes on with what is over.
    if (held.scope.sighting.isOver && random.chance(0.8)) this.#current = undefined
  }

  /** Nothing reaches the store for a while, or nothing comes back from it. */
  #cutOff(): void {
    const { process, random, clock, disturb } = this.#options
    const { faults } = process()
    disturb()
    faults.hold(random.pick(['requests', 'answers'] as const))
    void clock.sleep(random.pick([20, 200, 1000])).then(() => faults.release())
  }

  async #writeOne(held: Held, under?: LockHeld): Promise<void> {
    const { random, clock, name, padding, isCounting, process } = this.#options
    const { scope, stored } = held
    const { life } = scope
    const isDraft = random.chance(0.4)
    const mark = `${name}.${++this.#writes}`
    const clears = random.chance(0.15) && stored.at(-1)?.life === life ? stored.pop()?.mark : undefined
    const onConflict = random.chance(0.3) ? random.pick(['merge', 'fail'] as const) : undefined
    const isMerged = isDraft || onConflict === 'merge'
    const isByOps = random.chance(0.3)
    const write: RecordedWrite = {
      mark,
      traces: drawTraces(random, {
        // What is merged counts only where that adds up.
        mayCount: !isMerged || isByOps || isCounting,
        // Taking the last element away and putting another there is a write of that place, and one of two such may win.
        mayList: !isMerged || clears === undefined,
      }),
      clears,
      ...(isByOps && { by: { name: 'ops', write: writeByOps } }),
      padding: random.below(padding + 1),
      under,
      options: {
        ...(random.chance(0.1) && { attempts: 1 + random.below(3) }),
        ...(onConflict && { onConflict }),
        ...(random.chance(0.05) && { signal: this.#abortingSoon() }),
      },
    }
    const pause = random.below(6)
    const isStored = isDraft ? await scope.commitDraft(write, () => clock.sleep(pause)) : await scope.update(write)
    if (isStored && !process().plan.isBehind) stored.push({ life: scope.life, mark })
  }

  #abortingSoon(): AbortSignal {
    const { clock, random } = this.#options
    const abort = new AbortController()
    void clock.sleep(random.below(10)).then(() => abort.abort())
    return abort.signal
  }

  #watch(held: Held): void {
    if (held.stopWatching && this.#options.random.chance(0.3)) {
      held.stopWatching()
      held.stopWatching = undefined
    } else if (held.stopWatching === undefined) {
      const stopping = [held.scope.watchValues(), held.scope.watchChanges()]
      held.stopWatching = () => {
        for (const stop of stopping) stop()
      }
    }
  }

  async #rotate(held: Held): Promise<void> {
    const { ids } = this.#options
    const next = await held.scope.rotate()
    // A killed process has told nobody the new id.
    if (next === undefined || held.process.scopes.isAbandoned) return
    ids.push(next.id)
    this.#current = this.#hold(held.process, next)
  }
}

function drawTraces(
  random: SeededRandom,
  { mayCount, mayList }: { readonly mayCount: boolean; readonly mayList: boolean },
): readonly Trace[] {
  const naming: readonly Trace[] = random.pick([['list'], ['field'], ['member'], ['list', 'field'], ['list', 'member']])
  const named = mayList ? naming : naming.map(trace => (trace === 'list' ? 'field' : trace))
  return [
    ...new Set(named),
    ...(mayCount && random.chance(0.6) ? (['count'] as const) : []),
    ...(random.chance(0.3) ? (['last'] as const) : []),
  ]
}
