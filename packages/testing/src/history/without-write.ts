import type { History, HistoryEvent, Sighting, ToldChange } from './history.ts'
import type { LedgerSeen } from './ledger.ts'
import { writesIn, type Timeline } from './timeline.ts'

/**
 * The history as if a write had never been: it is in no state, and later versions of its life are one less. Undefined when that
 * cannot be said: somebody has seen it and nobody knows its version, or what is seen depends on it.
 */
export function withoutWrite({ events }: History, timeline: Timeline, mark: string): History | undefined {
  const write = timeline.writes.get(mark)
  if (write === undefined) return undefined
  const seen = new Set(timeline.states.flatMap(({ ledger }) => [...writesIn(ledger, timeline.writes)]))
  const isCleared = [...seen].some(other => timeline.writes.get(other)?.write.clears === mark)
  const isLast = timeline.states.some(({ ledger }) => ledger.last === mark)
  const isPlain = write.result === 'stored' && write.write.clears === undefined && !isCleared && !isLast
  if (seen.has(mark) && !isPlain) return undefined
  const erase = new Erasure(mark, write.write.traces.includes('count'), write.life, write.version)
  const { operation } = write.began
  return {
    events: events.flatMap(event => {
      if ('operation' in event && event.operation === operation) return []
      const erased = erase.event(event)
      return erased ? [erased] : []
    }),
  }
}

/** Takes a write out of events. */
class Erasure {
  readonly #mark: string
  readonly #isCounted: boolean
  readonly #life: string
  /** 0: it was never stored. */
  readonly #version: number

  constructor(mark: string, isCounted: boolean, life: string, version: number) {
    this.#mark = mark
    this.#isCounted = isCounted
    this.#life = life
    this.#version = life === '' ? 0 : version
  }

  /** Undefined: the event is about the write alone. */
  event(event: HistoryEvent): HistoryEvent | undefined {
    switch (event.type) {
      case 'succeeded': {
        const version = event.version === undefined ? undefined : this.#shifted(event.life, event.version)
        const sighting = event.sighting && this.#sighting(event.sighting)
        return { ...event, ...(version !== undefined && { version }), ...(sighting && { sighting }) }
      }
      case 'read':
        return { ...event, sighting: this.#sighting(event.sighting) }
      case 'watching':
        return event.sighting ? { ...event, sighting: this.#sighting(event.sighting) } : event
      case 'told': {
        const { type, life, version } = event.change
        if (this.#isIts(life, version) && (type === 'created' || type === 'updated')) return undefined
        return { ...event, change: this.#state(event.change) }
      }
      case 'final':
      case 'handled':
        return this.#state(event)
      default:
        return event
    }
  }

  #sighting(sighting: Sighting): Sighting {
    const version = this.#shifted(sighting.life, sighting.version)
    return { ...sighting, version, ledger: this.#ledger(sighting.ledger) }
  }

  #state<T extends Pick<ToldChange, 'life' | 'version' | 'ledger'>>(state: T): T {
    const version = this.#shifted(state.life, state.version)
    return { ...state, version, ...(state.ledger && { ledger: this.#ledger(state.ledger) }) }
  }

  #isIts(life: string | undefined, version: number): boolean {
    return this.#version > 0 && life === this.#life && version === this.#version
  }

  #shifted(life: string | undefined, version: number): number {
    return this.#version > 0 && life === this.#life && version >= this.#version ? version - 1 : version
  }

  #ledger(ledger: LedgerSeen): LedgerSeen {
    const { list, fields, members, count, last } = ledger
    const isThere = [...list, ...fields, ...members].includes(this.#mark)
    const others = (marks: readonly string[]): readonly string[] => marks.filter(mark => mark !== this.#mark)
    return {
      list: others(list),
      fields: others(fields),
      members: others(members),
      count: isThere && this.#isCounted ? count - 1 : count,
      last,
    }
  }
}
