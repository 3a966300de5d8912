import { InvalidArgumentError } from '../errors.ts'
import { isReservedKey } from '../value/key.ts'

/** Which places a policy is for (merge rule 25). */
export interface Pattern {
  /** As it was written. */
  readonly text: string
  /** What the segments of the path must be; undefined: anything, for `*`. */
  readonly segments: readonly (string | undefined)[]
  /** Any number of segments may come before, for a leading `**`. */
  readonly isAnywhere: boolean
  /** It means what is below the places that the segments lead to, for a trailing `**`. */
  readonly isBelow: boolean
}

/**
 * The pattern of a text: segments joined by `.`; `*` is any one segment, `**` any number, first or last. `\.`, `\*` and
 * `\\` are the characters themselves.
 * @throws InvalidArgumentError that says what is wrong with it.
 */
export function parsePattern(text: string): Pattern {
  const parts = splitText(text)
  const isAnywhere = parts.length > 1 && parts[0] === '**'
  const isBelow = parts.at(-1) === '**'
  const inner = parts.slice(isAnywhere ? 1 : 0, isBelow ? -1 : undefined)
  if (isAnywhere && inner.length === 0) return refuse(text, 'has nothing between "**" and "**"')
  return { text, segments: inner.map(part => segmentOf(part, text)), isAnywhere, isBelow }
}

/** Whether the first is to be asked before the second where both lead to the same place (merge rule 27). */
export function isMoreSpecific(pattern: Pattern, other: Pattern): boolean {
  const [literals, otherLiterals] = [literalsOf(pattern), literalsOf(other)]
  return literals === otherLiterals ? !pattern.isAnywhere && other.isAnywhere : literals > otherLiterals
}

/** Whether both can lead to one place and nobody can say which is meant: neither is more specific at every position. */
export function areAmbiguous(pattern: Pattern, other: Pattern): boolean {
  const length = Math.max(pattern.segments.length, other.segments.length)
  const [weights, otherWeights] = [weightsOf(pattern, length), weightsOf(other, length)]
  if (weights === undefined || otherWeights === undefined) return false
  for (let position = 1; position <= length; position++) {
    const [segment, otherSegment] = [pattern.segments.at(-position), other.segments.at(-position)]
    if (segment !== undefined && otherSegment !== undefined && segment !== otherSegment) return false
  }
  const isHeavier = weights.some((weight, position) => weight > (otherWeights[position] ?? 0))
  const isLighter = weights.some((weight, position) => weight < (otherWeights[position] ?? 0))
  return isHeavier === isLighter && (isHeavier || pattern.isAnywhere === other.isAnywhere)
}

function literalsOf({ segments }: Pattern): number {
  return segments.filter(segment => segment !== undefined).length
}

/**
 * How exact each position of a path of this length is: a literal is more than `*`, and that more than what a leading `**`
 * covers. Undefined when no such path matches.
 */
function weightsOf({ segments, isAnywhere }: Pattern, length: number): readonly number[] | undefined {
  if (segments.length < length && !isAnywhere) return undefined
  const weights = segments.map(segment => (segment === undefined ? 1 : 2))
  return [...Array.from({ length: length - segments.length }, () => 0), ...weights]
}

/** The text cut at the dots that are no part of a key; escapes are left as they are. */
function splitText(text: string): readonly string[] {
  if (text === '') return refuse(text, 'is empty')
  const parts: string[] = []
  let part = ''
  for (const [token] of text.matchAll(/\\[.*\\]|[^]/g)) {
    if (token === '.') {
      parts.push(part)
      part = ''
    } else {
      part += token
    }
  }
  parts.push(part)
  return parts.includes('') ? refuse(text, 'has an empty segment') : parts
}

function segmentOf(part: string, text: string): string | undefined {
  if (part === '*') return undefined
  if (part === '**') return refuse(text, 'has "**" in the middle: it may stand first or last')
  if (/(?<!\\)(?:\\\\)*\*/.test(part)) {
    return refuse(text, `has "${part}" as a segment: "*" stands alone, and "\\*" is the character`)
  }
  const segment = part.replace(/\\([.*\\])/g, '$1')
  return isReservedKey(segment) ? refuse(text, `names "${segment}", a reserved key: no state has it`) : segment
}

function refuse(text: string, reason: string): never {
  throw new InvalidArgumentError(`The merge pattern "${text}" ${reason}.`)
}
