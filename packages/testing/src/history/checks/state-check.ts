import type { StateSeen, Timeline, Write } from '../timeline.ts'
import { writesIn } from '../timeline.ts'
import type { LedgerSeen, Trace } from '../ledger.ts'
import type { Violation, ViolationKind } from '../violation.ts'

/** Every state that anybody saw holds, whole and once, what was acknowledged up to its version, and nothing else. */
export function checkStates(timeline: Timeline): readonly Violation[] {
  return timeline.states.flatMap(state => new StateCheck(timeline, state).run())
}

/** Traces that name their write. */
const naming = { list: 'list', field: 'fields', member: 'members' } as const satisfies Partial<
  Record<Trace, keyof LedgerSeen>
>

/** One state, judged by the writes of the history. */
class StateCheck {
  readonly #timeline: Timeline
  readonly #state: StateSeen
  /** Marks of all that is in the state, also of what was taken away again. */
  readonly #found: ReadonlySet<string>
  readonly #cleared: ReadonlySet<string>
  readonly #violations: Violation[] = []

  constructor(timeline: Timeline, state: StateSeen) {
    this.#timeline = timeline
    this.#state = state
    this.#found = writesIn(state.ledger, timeline.writes)
    this.#cleared = new Set([...this.#found].flatMap(mark => timeline.writes.get(mark)?.write.clears ?? []))
  }

  run(): readonly Violation[] {
    this.#checkRepeated()
    for (const mark of this.#found) this.#checkFound(mark)
    this.#checkCount()
    // What is shown before it is stored is shown on a state of its own, without a version.
    if (this.#state.isExact) {
      for (const write of this.#timeline.writes.values()) this.#checkStored(write)
      this.#checkVersion()
      this.#checkLast()
    }
    return this.#violations
  }

  #checkRepeated(): void {
    for (const container of Object.values(naming)) {
      const marks = this.#state.ledger[container]
      const repeated = marks.find((mark, index) => marks.indexOf(mark) !== index)
      if (repeated === undefined) continue
      this.#report('duplicated-commit', repeated, `${repeated} is twice in ${container}`, [repeated])
    }
  }

  #checkFound(mark: string): void {
    const write = this.#timeline.writes.get(mark)
    const { life, scope, ledger } = this.#state
    if (write === undefined) {
      return this.#report('false-outcome', mark, `nobody wrote ${mark}`, [])
    }
    if (write.result === 'none') {
      this.#report('false-outcome', mark, `${mark} failed with outcome none and is there`, [mark])
    }
    if (write.result === 'stored' && write.scope === scope && write.life !== life) {
      this.#report('revival', mark, `${mark} was written to another life and is in this one`, [mark])
    }
    const { traces } = write.write
    const isCleared = this.#cleared.has(mark)
    for (const trace of traces) {
      if (trace === 'count' || trace === 'last') continue
      const isThere = ledger[naming[trace]].includes(mark)
      if (isThere && isCleared) {
        const by = [...this.#found].find(other => this.#timeline.writes.get(other)?.write.clears === mark)
        const marks = by === undefined ? [mark] : [mark, by]
        this.#report('lost-update', by ?? mark, `${by} took ${mark} away, and it is in ${naming[trace]}`, marks)
      }
      if (!isThere && !isCleared) {
        this.#report('lost-update', mark, `${mark} is there, but not in ${naming[trace]}`, [mark])
      }
    }
  }

  #checkStored(write: Write): void {
    if (write.result !== 'stored') return
    const { scope, version, life } = this.#state
    const isFound = this.#found.has(write.mark)
    if (write.scope === scope && write.life === life) {
      if (!isFound && write.version <= version) {
        this.#report('lost-update', write.mark, `${write.mark} is version ${write.version} and is missing`, [
          write.mark,
        ])
      }
      if (isFound && write.version > version) {
        const message = `${write.mark} is version ${write.version} and is there already`
        this.#report('version-gap', write.mark, message, [write.mark])
      }
    } else if (!isFound && this.#isInherited(write)) {
      this.#report('lost-update', write.mark, `${write.mark} was not carried over when the id was rotated`, [
        write.mark,
      ])
    }
  }

  /** The write belongs to a scope of which this one was made by rotation. */
  #isInherited(write: Write): boolean {
    const { parents } = this.#timeline
    for (let parent = parents.get(this.#state.life); parent; parent = parents.get(parent.life)) {
      if (parent.scope === write.scope && parent.life === write.life) return true
    }
    return false
  }

  #checkCount(): void {
    const counted = [...this.#found].filter(mark => this.#timeline.writes.get(mark)?.write.traces.includes('count'))
    const { count } = this.#state.ledger
    if (count === counted.length) return
    const kind = count < counted.length ? 'lost-update' : 'duplicated-commit'
    this.#report(
      kind,
      `count of ${this.#state.life}`,
      `${counted.length} writes count, and the count is ${count}`,
      counted,
    )
  }

  #checkVersion(): void {
    const { scope, life, version } = this.#state
    const own = [...this.#found].filter(mark => this.#timeline.writes.get(mark)?.scope === scope)
    // A scope that was made by rotation begins with a version that is no write; of one that nobody has a handle of, too.
    const isKnown = this.#timeline.operations.some(({ began }) => began.scope === scope)
    const copied = this.#timeline.parents.has(life) || !isKnown ? 1 : 0
    if (version === own.length + copied) return
    const message = `version ${version} holds ${own.length} writes${copied > 0 ? ' and what was rotated' : ''}`
    this.#report('version-gap', this.#state.life, message, own)
  }

  /** Of those writes that set `last` the one with the highest version stands, or one whose version nobody knows. */
  #checkLast(): void {
    const { life, scope, version, ledger } = this.#state
    const setting = [...this.#timeline.writes.values()].filter(({ write }) => write.traces.includes('last'))
    const stored = setting.filter(
      write => write.result === 'stored' && write.scope === scope && write.life === life && write.version <= version,
    )
    const newest = stored.toSorted((one, other) => one.version - other.version).at(-1)
    const standing = this.#timeline.writes.get(ledger.last)
    if (newest === undefined || newest.mark === ledger.last) return
    if (standing && standing.result !== 'stored' && this.#found.has(standing.mark)) return
    const marks = standing ? [newest.mark, standing.mark] : [newest.mark]
    this.#report('lost-update', newest.mark, `${newest.mark} came last, and last is "${ledger.last}"`, marks)
  }

  #place(): string {
    return `${this.#state.scope} version ${this.#state.version}`
  }

  #report(kind: ViolationKind, subject: string, message: string, marks: readonly string[]): void {
    const events = marks.flatMap(mark => {
      const write = this.#timeline.writes.get(mark)
      return write ? [write.began, write.succeeded ?? write.failed ?? write.began] : []
    })
    this.#violations.push({
      kind,
      subject,
      message: `${this.#place()}: ${message}.`,
      events: [...events, this.#state.event],
    })
  }
}
