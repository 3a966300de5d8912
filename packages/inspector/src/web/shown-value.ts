import type { PathSegment } from '@scopes/core'
import type { ShownValue } from './page-data.ts'

/** How much of a value is shown: members in all, members of one container, characters of a text, bytes, levels. */
interface Limits {
  readonly members: number
  readonly ofOne: number
  readonly characters: number
  readonly bytes: number
  readonly depth: number
}

const limits: Limits = { members: 5000, ofOne: 1000, characters: 4000, bytes: 64, depth: 60 }
const smallLimits: Limits = { members: 60, ofOne: 20, characters: 200, bytes: 16, depth: 4 }

/** A value of a state, for the page. It is bounded: a large one is shown in part, and says how large it is. */
export function showValue(value: unknown): ShownValue {
  return new Showing(limits).show(value, 0)
}

/** The same, of a size that fits into a line of a timeline or a few. */
export function showBriefly(value: unknown): ShownValue {
  return new Showing(smallLimits).show(value, 0)
}

/** The segments of a path, as the page names them. A property and the key of a Map entry look the same. */
export function showPath(path: readonly PathSegment[]): readonly string[] {
  return path.map(segmentText)
}

class Showing {
  readonly #limits: Limits
  #left: number

  constructor(given: Limits) {
    this.#limits = given
    this.#left = given.members
  }

  show(value: unknown, depth: number): ShownValue {
    switch (typeof value) {
      case 'string':
        return this.#text(value)
      case 'number':
      case 'boolean':
        return { type: typeof value === 'number' ? 'number' : 'boolean', text: String(value) }
      case 'bigint':
        return { type: 'bigint', text: `${value}n` }
      case 'object':
        return value === null ? { type: 'null', text: 'null' } : this.#object(value, depth)
      default:
        // What a document holds is none of these.
        return { type: 'text', text: String(value) }
    }
  }

  #text(text: string): ShownValue {
    const { characters } = this.#limits
    if (text.length <= characters) return { type: 'text', text }
    // Half of a pair would be no text.
    return { type: 'text', text: text.slice(0, characters).replace(/[\uD800-\uDBFF]$/, ''), length: text.length }
  }

  #object(value: object, depth: number): ShownValue {
    if (value instanceof Date) return { type: 'date', text: value.toISOString() }
    if (value instanceof Uint8Array) {
      const text = Buffer.from(value.subarray(0, this.#limits.bytes)).toString('hex')
      return { type: 'bytes', text, size: value.length }
    }
    if (Array.isArray(value)) return this.#container('array', value.length, value.entries(), depth)
    if (value instanceof Map) return this.#container('map', value.size, value.entries(), depth)
    if (value instanceof Set) return this.#container('set', value.size, [...value].entries(), depth)
    const keys = Object.keys(value)
    const members = keys.map((key): [string, unknown] => [key, (value as Record<string, unknown>)[key]])
    return this.#container('object', keys.length, members, depth)
  }

  #container(
    type: 'object' | 'array' | 'map' | 'set',
    size: number,
    members: Iterable<readonly [unknown, unknown]>,
    depth: number,
  ): ShownValue {
    const entries: [string, ShownValue][] = []
    const { ofOne, depth: deepest } = this.#limits
    if (depth >= deepest) return { type, size, entries }
    for (const [key, member] of members) {
      if (entries.length >= ofOne || this.#left <= 0) break
      this.#left--
      entries.push([segmentText(key), this.show(member, depth + 1)])
    }
    return { type, size, entries }
  }
}

function segmentText(segment: unknown): string {
  return typeof segment === 'bigint' ? `${segment}n` : String(segment)
}
