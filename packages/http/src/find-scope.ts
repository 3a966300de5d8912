import {
  InvalidArgumentError,
  documentKey,
  type OpenOptions,
  type Scope,
  type ScopeDefinition,
  type Scopes,
} from '@scopes/core'
import type { BroughtId } from './read-ids.ts'
import type { DecidedPlace } from './scope-place.ts'
import type { ScopeOrigin } from './scope-work.ts'

/** The scope of a visitor, and how it was found. */
export interface FoundScope {
  readonly scope: Scope<object>
  readonly origin: ScopeOrigin
}

/** What looking for a scope needs besides the cookies. */
export interface FindOptions {
  readonly request: string | undefined
  readonly signal: AbortSignal | undefined
  readonly freshness: Pick<OpenOptions, 'atLeast' | 'maxStaleMs'>
  /** Ids that the request brought elsewhere than in its cookies. */
  readonly lent: readonly string[]
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** How long an id that was rotated is remembered as such, in milliseconds. */
const rotationMemoryMs = 60_000

/** The most cookies of one name that are looked up: neighbours may have planted some, but not any number of loads. */
const mostCandidates = 3

const idPattern = /^[A-Za-z0-9_-]{1,128}$/

/**
 * The first of the ids brought that names a living scope, those that no cookie brought before the others; else a new one under a fresh id, never under one that a cookie
 * brought, unless the place says so. A scope that all visitors share is found without them. What cannot be an id are passed
 * over before the store is asked. Rejects when a load fails.
 */
export async function findScope(
  place: DecidedPlace,
  definition: ScopeDefinition,
  brought: readonly BroughtId[],
  { now, request, signal, freshness, lent }: FindOptions,
): Promise<FoundScope> {
  const { scopes, sharedId } = place
  if (sharedId !== undefined) {
    return sharedScope(sharedId, await scopes.open(definition, sharedId, { request, signal }))
  }
  const candidates = candidatesOf(brought)
  const found = await lentScope(place, definition, lent, { request, signal })
  if (found) return { scope: found, origin: lentOrigin(found.id, candidates) }
  let rotated: Scope<object> | undefined
  for (const { id, isOutdated } of candidates) {
    const { atLeast, maxStaleMs } = freshness
    const scope = await open(scopes, definition, id, { request, signal, atLeast, maxStaleMs })
    if (scope?.isStored && scope.ended === undefined) return { scope, origin: { type: 'named', id, isOutdated } }
    if (scope?.ended?.reason === 'rotated' && now() - (scope.ended.at ?? 0) < rotationMemoryMs) rotated ??= scope
  }
  // The handle of the old id shows nothing and writes nothing, also past the request: whoever holds the id may be the attacker.
  if (rotated) return { scope: rotated, origin: { type: 'rotated' } }
  return newScope(place, definition, request, place.keepsUnknownIds ? candidates[0]?.id : undefined)
}

/** A scope that nobody has yet. */
export function newScope(
  { scopes, sharedId, newId }: DecidedPlace,
  definition: ScopeDefinition,
  request: string | undefined,
  id: string | undefined = sharedId ?? newId?.(),
): FoundScope {
  const scope = scopes.create(definition, { id, request })
  return sharedId === undefined ? { scope, origin: { type: 'new' } } : sharedScope(sharedId, scope)
}

/** Every visitor knows its id: nothing has to be announced. */
function sharedScope(id: string, scope: Scope<object>): FoundScope {
  return { scope, origin: { type: 'named', id, isOutdated: false } }
}

/** The first of the ids that names a living scope: what is not there is not looked for any further, and begins nothing. */
async function lentScope(
  { scopes }: DecidedPlace,
  definition: ScopeDefinition,
  lent: readonly string[],
  options: OpenOptions,
): Promise<Scope<object> | undefined> {
  if (lent.length === 0) return undefined
  // What the visitor's stamp says is of the scope in his cookie: here nothing is known but what the store has.
  const fresh: OpenOptions = { ...options, maxStaleMs: 0 }
  for (const { id } of candidatesOf(lent.map(brought => ({ id: brought, isOutdated: false })))) {
    const scope = await open(scopes, definition, id, fresh)
    if (scope?.isStored && scope.ended === undefined) return scope
  }
  return undefined
}

/** The visitor's own cookie may say the same. */
function lentOrigin(id: string, candidates: readonly BroughtId[]): ScopeOrigin {
  const own = candidates.find(candidate => candidate.id === id)
  return own ? { type: 'named', ...own } : { type: 'lent', id }
}

/** Almost always there is one, or none. */
function candidatesOf(brought: readonly BroughtId[]): readonly BroughtId[] {
  const candidates = brought.filter(({ id }) => idPattern.test(id))
  if (candidates.length < 2) return candidates
  const isFirst = ({ id }: BroughtId, index: number): boolean =>
    candidates.findIndex(other => other.id === id) === index
  return candidates.filter(isFirst).slice(0, mostCandidates)
}

async function open(
  scopes: Scopes,
  definition: ScopeDefinition,
  id: string,
  options: OpenOptions,
): Promise<Scope<object> | undefined> {
  try {
    const { request, signal, atLeast, maxStaleMs } = options
    // Field by field: every request comes by here, and a copy with one property more costs a microsecond.
    const scope = await scopes.open(definition, id, { request, signal, atLeast, maxStaleMs, creates: false })
    // What an answer has announced a moment ago is the visitor's, also where it is written behind.
    if (!scope.isStored && scope.ended === undefined) await scope.flush()
    return scope
  } catch (error) {
    // Too long for a key of this application: nobody can have stored it.
    if (error instanceof InvalidArgumentError && !canBeStored(scopes, definition, id)) return undefined
    throw error
  }
}

function canBeStored({ application }: Scopes, { kind }: ScopeDefinition, id: string): boolean {
  try {
    documentKey({ application, kind, id })
    return true
  } catch {
    return false
  }
}
