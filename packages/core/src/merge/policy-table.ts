import { InvalidArgumentError } from '../errors.ts'
import { kindOf } from '../value/kind.ts'
import type { Path, PathSegment } from '../value/path.ts'
import { quoted } from '../value/quoted.ts'
import { type Pattern, areAmbiguous, isMoreSpecific, parsePattern } from './pattern.ts'
import { checkPolicy } from './check-policy.ts'
import type { Decider, Governor, MergePolicy } from './policy.ts'
import { lastWriter } from './policies/last-writer.ts'

/** What the policies of a definition say about one place of a state. */
export interface PolicyPlace {
  /** Asked for the value of this very place when both sides changed it or anything below (merge rule 26). */
  readonly governor: Governor | undefined
  /** Decides about a conflict at this very place. */
  readonly decider: Decider
  /** A pattern names something below: an object that is assigned here is an edit of the old one (merge rule 19). */
  readonly isRecord: boolean
  /** The property that tells the elements of a list here apart. Below it a segment is such a key. */
  readonly listKey: string | undefined
  /** The place one step down. */
  at(segment: PathSegment): PolicyPlace
}

/** What a definition without policies says, everywhere. */
export const noPolicies: PolicyPlace = {
  governor: undefined,
  decider: lastWriter(),
  isRecord: false,
  listKey: undefined,
  at: () => noPolicies,
}

/**
 * The policies by pattern, to be asked from the root down.
 * @throws InvalidArgumentError that names the pattern, or both, when nobody could say which policy is meant (merge rule 27).
 */
export function compilePolicies(policies: Readonly<Record<string, MergePolicy>> | undefined): PolicyPlace {
  if (policies === undefined || kindOf(policies) !== 'object') {
    throw new InvalidArgumentError(
      `merge is ${quoted(policies)}; it must be a plain object that maps patterns to policies.`,
    )
  }
  const rules = Object.entries(policies).map(([text, policy]) => {
    const pattern = parsePattern(text)
    checkPolicy(pattern, policy)
    return { pattern, policy }
  })
  for (const [index, { pattern }] of rules.entries()) {
    const other = rules.slice(0, index).find(rule => areAmbiguous(rule.pattern, pattern))
    if (other) {
      throw new InvalidArgumentError(
        `The merge patterns "${other.pattern.text}" and "${pattern.text}" can lead to the same place, and neither is more specific.`,
      )
    }
  }
  if (rules.length === 0) return noPolicies
  const begin = rules.map((rule): Progress => ({ rule, matched: 0 }))
  return new CompiledPlace(new Map(), begin, undefined)
}

/** What is said about the place at this path. */
export function placeAt(root: PolicyPlace, path: Path): PolicyPlace {
  return path.reduce<PolicyPlace>((place, segment) => place.at(segment), root)
}

interface Rule {
  readonly pattern: Pattern
  readonly policy: MergePolicy
}

/** How much of a pattern a path has matched. */
interface Progress {
  readonly rule: Rule
  /** Segments of the pattern. */
  readonly matched: number
}

/**
 * One state of the automaton of all patterns. There are few of them, made when first asked for: paths that the patterns do
 * not tell apart share their place.
 */
class CompiledPlace implements PolicyPlace {
  readonly governor: Governor | undefined
  readonly decider: Decider
  readonly isRecord: boolean
  readonly listKey: string | undefined
  readonly #known: Map<string, CompiledPlace>
  readonly #progress: readonly Progress[]
  /** Whose policy decides below, where nothing there does. */
  readonly #below: Rule | undefined
  /** Segments that a pattern names here: all others lead to the same place. */
  readonly #named: ReadonlySet<string>
  readonly #next = new Map<string | undefined, CompiledPlace>()

  /** @param inherited whose policy decides here, where no pattern matches in full */
  constructor(known: Map<string, CompiledPlace>, progress: readonly Progress[], inherited: Rule | undefined) {
    this.#known = known
    this.#progress = progress
    const complete = progress.filter(isComplete).map(({ rule }) => rule)
    const full = complete.filter(({ pattern }) => !pattern.isBelow)
    const governing = mostSpecific(full)?.policy
    this.governor = governing !== undefined && isGovernor(governing) ? governing : undefined
    this.listKey = governing !== undefined && 'key' in governing ? governing.key : undefined
    const deciding = mostSpecific(full.filter(isDeciding)) ?? inherited
    this.decider = (deciding?.policy as Decider | undefined) ?? noPolicies.decider
    this.#below = mostSpecific(complete.filter(isDeciding)) ?? inherited
    this.isRecord = progress.some(({ rule: { pattern }, matched }) => {
      return !pattern.isAnywhere && !pattern.isBelow && matched < pattern.segments.length
    })
    this.#named = new Set(progress.flatMap(({ rule, matched }) => rule.pattern.segments[matched] ?? []))
  }

  at(segment: PathSegment): CompiledPlace {
    const text = String(segment)
    const named = this.#named.has(text) ? text : undefined
    let next = this.#next.get(named)
    if (next === undefined) this.#next.set(named, (next = this.#step(named)))
    return next
  }

  #step(named: string | undefined): CompiledPlace {
    const progress = this.#progress.flatMap(step => advance(step, named))
    const key = JSON.stringify([
      this.#below?.pattern.text,
      ...progress.map(({ rule, matched }) => `${matched} of ${rule.pattern.text}`),
    ])
    let place = this.#known.get(key)
    if (place === undefined) this.#known.set(key, (place = new CompiledPlace(this.#known, progress, this.#below)))
    return place
  }
}

/** `named`: the segment, when a pattern names it. */
function advance({ rule, matched }: Progress, named: string | undefined): Progress[] {
  const { segments, isAnywhere } = rule.pattern
  const stays = isAnywhere && matched === 0 ? [{ rule, matched }] : []
  if (matched === segments.length) return stays
  const segment = segments[matched]
  return segment === undefined || segment === named ? [...stays, { rule, matched: matched + 1 }] : stays
}

function isComplete({ rule, matched }: Progress): boolean {
  return matched === rule.pattern.segments.length
}

function mostSpecific(rules: readonly Rule[]): Rule | undefined {
  let best: Rule | undefined
  for (const rule of rules) if (best === undefined || isMoreSpecific(rule.pattern, best.pattern)) best = rule
  return best
}

/** A function decides about conflicts only below its pattern: at its own path it is asked for the value. */
function isDeciding({ pattern, policy }: Rule): boolean {
  return typeof policy === 'function' ? pattern.isBelow : 'isAtomic' in policy
}

function isGovernor(policy: MergePolicy): boolean {
  return typeof policy === 'function' || !('isAtomic' in policy) || policy.isAtomic
}
