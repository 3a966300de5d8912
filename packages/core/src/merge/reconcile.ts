import type { DeclaredPlace } from '../diff/declared-place.ts'
import { conventionalId, isAlike } from '../diff/likeness.ts'
import { alignByKey, sharedKey } from '../diff/list-keys.ts'
import { align } from '../diff/splices.ts'
import { deepEqual, same } from '../value/equal.ts'
import { freezeContainer } from '../value/freeze-container.ts'
import { type PlainObject, kindOf } from '../value/kind.ts'
import type { PathSegment } from '../value/path.ts'
import type { State } from '../value/plain-data.ts'
import { holdsBytes } from '../value/stored-bytes.ts'
import { canonicalText } from './canonical-text.ts'

/** A state that shares with the base whatever is equal. */
export interface Reconciled {
  readonly state: State
  /** What must have been put in as new, as far as can be guessed: other ids, lists of which nothing was kept. */
  readonly newValues: ReadonlySet<object>
}

/**
 * A decoded state with the objects of the base wherever they are deep-equal (merge rule 38). `declared`: what the
 * definition says of its lists.
 */
export function reconcile(base: State, decoded: State, declared?: DeclaredPlace): Reconciled {
  const newValues = new Set<object>()
  const walk: Walk = { declared, isIdentified: true, newValues }
  return { state: reconcileValue(base, decoded, walk) as State, newValues }
}

/** Where the comparison is. */
interface Walk {
  readonly declared: DeclaredPlace | undefined
  /** An object here is the old one, whatever it holds: the state itself, an element of a list by key. */
  readonly isIdentified: boolean
  readonly newValues: Set<object>
}

function below({ declared, newValues }: Walk, segment: PathSegment): Walk {
  return { declared: declared?.at(segment), isIdentified: false, newValues }
}

function reconcileValue(base: unknown, decoded: unknown, walk: Walk): unknown {
  if (same(base, decoded)) return base
  const kind = kindOf(decoded)
  if (kind === 'leaf') return decoded
  if (kind !== kindOf(base)) {
    walk.newValues.add(decoded as object)
    return decoded
  }
  switch (kind) {
    case 'object':
      return reconcileObject(base as PlainObject, decoded as PlainObject, walk)
    case 'array':
      return reconcileArray(base as readonly unknown[], decoded as readonly unknown[], walk)
    case 'map':
      return reconcileMap(base as ReadonlyMap<PathSegment, unknown>, decoded as ReadonlyMap<PathSegment, unknown>, walk)
    case 'set':
      return reconcileSet(base as ReadonlySet<unknown>, decoded as ReadonlySet<unknown>)
    default:
      return kind satisfies never
  }
}

function reconcileObject(base: PlainObject, decoded: PlainObject, walk: Walk): object {
  if (!walk.isIdentified && conventionalId(base) !== conventionalId(decoded)) {
    walk.newValues.add(decoded)
    return decoded
  }
  const keys = Object.keys(decoded)
  const shared: Record<string, unknown> = {}
  let isBase = keys.length === Object.keys(base).length
  for (const key of keys) {
    const isKnown = Object.hasOwn(base, key)
    shared[key] = isKnown ? reconcileValue(base[key], decoded[key], below(walk, key)) : decoded[key]
    isBase &&= isKnown && same(shared[key], base[key])
  }
  return isBase ? base : freezeContainer(shared, holdsBytes(base) || holdsBytes(decoded))
}

function reconcileArray(base: readonly unknown[], decoded: readonly unknown[], walk: Walk): object {
  const property = walk.declared?.listKey
  const byKey = property === undefined ? undefined : alignByKey(base, decoded, property)
  const { sources } = byKey ?? align(base, decoded, { isSame: deepEqual, identify: canonicalText })
  const isKept = sources.some((source, index) => {
    return source !== -1 && (byKey !== undefined || isSameElement(base[source], decoded[index]))
  })
  if (!isKept && base.length > 0) {
    walk.newValues.add(decoded)
    return decoded
  }
  const shared = sources.map((source, index) => {
    if (source === -1) return decoded[index]
    const key = sharedKey(base[source], decoded[index], property)
    const element = key === undefined ? below(walk, source) : { ...below(walk, key), isIdentified: true }
    return reconcileValue(base[source], decoded[index], element)
  })
  const isBase = shared.length === base.length && shared.every((element, index) => same(element, base[index]))
  return isBase ? base : freezeContainer(shared, holdsBytes(base) || holdsBytes(decoded))
}

/** Whether this is the element itself, perhaps edited, and not just what stands in its place. */
function isSameElement(base: unknown, decoded: unknown): boolean {
  if (deepEqual(base, decoded)) return true
  const id = conventionalId(base)
  return id === undefined ? isAlike(base, decoded, deepEqual) : id === conventionalId(decoded)
}

function reconcileMap(
  base: ReadonlyMap<PathSegment, unknown>,
  decoded: ReadonlyMap<PathSegment, unknown>,
  walk: Walk,
): object {
  const shared = new Map<PathSegment, unknown>()
  let isBase = base.size === decoded.size
  for (const [key, value] of decoded) {
    const isKnown = base.has(key)
    const reconciled = isKnown ? reconcileValue(base.get(key), value, below(walk, key)) : value
    shared.set(key, reconciled)
    isBase &&= isKnown && same(reconciled, base.get(key))
  }
  return isBase ? base : freezeContainer(shared, holdsBytes(base) || holdsBytes(decoded))
}

function reconcileSet(base: ReadonlySet<unknown>, decoded: ReadonlySet<unknown>): object {
  if (deepEqual(base, decoded)) return base
  const objects = [...base].filter(member => typeof member === 'object')
  const members = [...decoded].map(member => {
    const equal = objects.findIndex(other => deepEqual(other, member))
    // Each one once: a Set can hold two objects that are equal.
    return equal < 0 ? member : objects.splice(equal, 1)[0]
  })
  return freezeContainer(new Set(members), holdsBytes(base) || holdsBytes(decoded))
}
