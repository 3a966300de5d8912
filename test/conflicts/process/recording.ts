import { type Scopes, type ScopeDefinition, counter, defineScope } from '@scopes/core'
import {
  type History,
  type HistoryEvent,
  type HistoryRecorder,
  type Ledger,
  RecordedScopes,
  type RecordedScope,
  type SeededRandom,
  type Trace,
  emptyLedger,
  historyRecorder,
  recordFinals,
  seededRandom,
} from '@scopes/testing'

const Recorded: ScopeDefinition<Ledger> = defineScope({
  kind: 'recorded',
  initial: emptyLedger,
  merge: { count: counter() },
})

/** What a process does while its history is written down. */
export interface RecordingPlan {
  /** Unique among the processes. */
  readonly name: string
  readonly seed: number
  readonly writers: number
  readonly operations: number
  /** Scopes that all of them write to. */
  readonly ids: readonly string[]
}

type Final = Extract<HistoryEvent, { type: 'final' }>
type Watching = Extract<HistoryEvent, { type: 'watching' }>

/** Writers of this process whose history is told: they open, write, watch and end, as the seed says. */
export class Recording {
  readonly #scopes: Scopes
  readonly #tell: (event: HistoryEvent) => void
  #recorder: HistoryRecorder | undefined
  #look = (): void => {}

  /** @param tell hears each event at once */
  constructor(scopes: Scopes, tell: (event: HistoryEvent) => void) {
    this.#scopes = scopes
    this.#tell = tell
  }

  /** Resolves when all writers are done. */
  async run({ name, seed, writers, operations, ids }: RecordingPlan): Promise<void> {
    const recorder = this.#lookedAt(historyRecorder(name))
    this.#recorder = recorder
    const recorded = new RecordedScopes(this.#scopes, { recorder, process: name, isFresh: true, isBehind: false })
    recorded.watch()
    await this.#until(({ type }) => type === 'live')
    const running = Array.from({ length: writers }, (_, writer) =>
      new RecordedWriter(recorded, {
        scopes: this.#scopes,
        name: `${name}.${writer}`,
        random: seededRandom(seed + writer),
        ids,
      }).run(operations),
    )
    await Promise.all(running)
  }

  /** The history of what is stored now. */
  async finals(): Promise<History> {
    const recorder = historyRecorder('finals')
    await recordFinals(this.#scopes, recorder)
    return recorder.history
  }

  /** Resolves when all who watch have been told of these states. */
  async settle(finals: History): Promise<void> {
    const states = finals.events.filter(event => event.type === 'final')
    await this.#until(() => {
      const events = this.#recorder?.history.events ?? []
      const watchers = events.filter(event => event.type === 'watching')
      return watchers.every(watcher => states.every(final => isTold(events, watcher, final)))
    })
  }

  /** The recorder; each event is told, and whoever waits looks again. */
  #lookedAt(recorder: HistoryRecorder): HistoryRecorder {
    return {
      get history() {
        return recorder.history
      },
      name: what => recorder.name(what),
      stop: () => recorder.stop(),
      write: (process, happening) => {
        recorder.write(process, happening)
        const newest = recorder.history.events.at(-1)
        if (newest) this.#tell(newest)
        this.#look()
      },
    }
  }

  /** Resolves when it is so, of the newest event. */
  #until(isSo: (event: HistoryEvent) => boolean): Promise<void> {
    return new Promise(resolve => {
      this.#look = () => {
        const newest = this.#recorder?.history.events.at(-1)
        if (newest === undefined || !isSo(newest)) return
        this.#look = () => {}
        resolve()
      }
      this.#look()
    })
  }
}

function isTold(events: readonly HistoryEvent[], { observer, scope, sighting }: Watching, final: Final): boolean {
  if (scope !== undefined && scope !== final.scope) return true
  if (events.some(event => event.type === 'unwatched' && event.observer === observer)) return true
  const newest = events.findLast(
    event => event.type === 'told' && event.observer === observer && event.scope === final.scope,
  )
  if (newest?.type !== 'told') return sighting?.version === final.version
  const { type, version, life } = newest.change
  return final.isEnded ? type === 'ended' : life === final.life && version >= final.version
}

/** What a writer works with. */
interface WriterOptions {
  readonly scopes: Scopes
  /** Begins its marks. */
  readonly name: string
  readonly random: SeededRandom
  readonly ids: readonly string[]
}

/** One user of the process. */
class RecordedWriter {
  readonly #recorded: RecordedScopes
  readonly #options: WriterOptions
  #scope: RecordedScope | undefined

  constructor(recorded: RecordedScopes, options: WriterOptions) {
    this.#recorded = recorded
    this.#options = options
  }

  async run(operations: number): Promise<void> {
    for (let turn = 0; turn < operations; turn++) {
      const dice = this.#options.random.below(100)
      const scope = this.#scope
      if (scope === undefined || scope.sighting.isOver || dice < 8) await this.#open()
      else if (dice < 12) scope.watchChanges()
      else if (dice < 16) scope.watchValues()
      else if (dice < 17) await scope.end()
      else await this.#write(scope, `${this.#options.name}.${turn}`)
      this.#scope?.read()
    }
  }

  async #open(): Promise<void> {
    const { scopes, random, ids } = this.#options
    const key = { application: scopes.application, kind: Recorded.kind, id: random.pick(ids) }
    this.#scope = await this.#recorded.open(Recorded, key)
  }

  async #write(scope: RecordedScope, mark: string): Promise<void> {
    const { random, scopes, ids } = this.#options
    const naming = random.pick<readonly Trace[]>([['list'], ['field'], ['member'], ['list', 'field']])
    const traces: Trace[] = [...naming, 'count', ...(random.chance(0.3) ? (['last'] as const) : [])]
    if (random.chance(0.5)) await scope.update({ mark, traces })
    else {
      // A load of another scope: the others go on meanwhile.
      await scope.commitDraft({ mark, traces }, async () => void (await scopes.open(Recorded, random.pick(ids))))
    }
  }
}
