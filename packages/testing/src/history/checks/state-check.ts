import type { StateSeen, Timeline, Write } from '../timeline.ts'
import { writesIn } from '../timeline.ts'
import type { LedgerSeen, Trace } from '../ledger.ts'
import type { Violation, ViolationKind } from '../violation.ts'

/** Every state that anybody saw holds, whole and once, what was acknowledged up to its version, and nothing else. */
export function checkStates(timeline: Timeline): readonly Violation[] {
  const stored = storedIn(timeline)
  const held = new Set(timeline.operations.map(({ began }) => began.scope))
  return timeline.states.flatMap(state =>
    new StateCheck(timeline, state, {
      ownStored: stored.get(`${state.scope} ${state.life}`) ?? [],
      inherited: parentsOf(timeline, state).flatMap(({ scope, life }) => stored.get(`${scope} ${life}`) ?? []),
      isHeld: held.has(state.scope),
    }).run(),
  )
}

/** The writes that are stored, by scope and life: histories are long, and a state is about few of them. */
function storedIn({ writes }: Timeline): ReadonlyMap<string, readonly Write[]> {
  const stored = new Map<string, Write[]>()
  for (const write of writes.values()) {
    if (write.result !== 'stored') continue
    const life = `${write.scope} ${write.life}`
    const others = stored.get(life)
    if (others) others.push(write)
    else stored.set(life, [write])
  }
  return stored
}

/** The scopes and lives of which this one was made by rotation. */
function parentsOf({ parents }: Timeline, { life }: StateSeen): readonly { scope: string; life: string }[] {
  const found: { scope: string; life: string }[] = []
  for (let parent = parents.get(life); parent; parent = parents.get(parent.life)) found.push(parent)
  return found
}

/** What a state is judged by, beside what is in it. */
interface Relevant {
  /** Stored writes to its life. */
  readonly ownStored: readonly Write[]
  /** Stored writes to the lives of which it was made by rotation. */
  readonly inherited: readonly Write[]
  /** Somebody had a handle of its scope. */
  readonly isHeld: boolean
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
  readonly #relevant: Relevant
  readonly #violations: Violation[] = []

  constructor(timeline: Timeline, state: StateSeen, relevant: Relevant) {
    this.#timeline = timeline
    this.#state = state
    this.#relevant = relevant
    this.#found = writesIn(state.ledger, timeline.writes)
    this.#cleared = new Set([...this.#found].flatMap(mark => timeline.writes.get(mark)?.write.clears ?? []))
  }

  run(): readonly Violation[] {
    this.#checkRepeated()
    const { list, fields, members } = this.#state.ledger
    const seen = { list: new Set(list), fields: new Set(fields), members: new Set(members) }
    for (const mark of this.#found) this.#checkFound(mark, seen)
    this.#checkCount()
    // What is shown before it is stored is shown on a state of its own, without a version.
    if (this.#state.isExact) {
      for (const write of this.#relevant.ownStored) this.#checkStored(write)
      for (const { mark } of this.#relevant.inherited) {
        if (this.#found.has(mark)) continue
        this.#report('lost-update', mark, `${mark} was not carried over when the id was rotated`, [mark])
      }
      this.#checkVersion()
      this.#checkLast()
    }
    return this.#violations
  }

  #checkRepeated(): void {
    for (const container of Object.values(naming)) {
      const marks = this.#state.ledger[container]
      if (new Set(marks).size === marks.length) continue
      const repeated = marks.find((mark, index) => marks.indexOf(mark) !== index) ?? ''
      this.#report('duplicated-commit', repeated, `${repeated} is twice in ${container}`, [repeated])
    }
  }

  #checkFound(mark: string, seen: Readonly<Record<(typeof naming)[keyof typeof naming], ReadonlySet<string>>>): void {
    const write = this.#timeline.writes.get(mark)
    const { life, scope } = this.#state
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
      const isThere = seen[naming[trace]].has(mark)
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

  #checkStored({ mark, version }: Write): void {
    const isFound = this.#found.has(mark)
    if (!isFound && version <= this.#state.version) {
      this.#report('lost-update', mark, `${mark} is version ${version} and is missing`, [mark])
    }
    if (isFound && version > this.#state.version) {
      this.#report('version-gap', mark, `${mark} is version ${version} and is there already`, [mark])
    }
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
    const copied = this.#timeline.parents.has(life) || !this.#relevant.isHeld ? 1 : 0
    if (version === own.length + copied) return
    const message = `version ${version} holds ${own.length} writes${copied > 0 ? ' and what was rotated' : ''}`
    this.#report('version-gap', this.#state.life, message, own)
  }

  /** Of those writes that set `last` the one with the highest version stands, or one whose version nobody knows. */
  #checkLast(): void {
    const { version, ledger } = this.#state
    const newest = this.#relevant.ownStored
      .filter(write => write.write.traces.includes('last') && write.version <= version)
      .toSorted((one, other) => one.version - other.version)
      .at(-1)
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
