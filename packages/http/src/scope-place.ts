import { InvalidArgumentError, type Scopes } from '@scopes/core'
import { checkKnown } from './check-parts.ts'
import type { Definitions } from './options.ts'

/** Where the scopes of one name are, and under which ids. What is left out is as for every scope of the gate. */
export interface ScopePlace {
  /** Default: the scopes that the gate was made with. */
  readonly scopes?: Scopes | undefined
  /** All visitors have the scope with this id: no cookie is read or sent for it. Default: each has his own. */
  readonly sharedId?: string | undefined
  /** The id of a new scope, of `[A-Za-z0-9_-]`. Default: random, 128 bits. It must not be one that somebody can guess. */
  readonly newId?: (() => string) | undefined
  /**
   * An id that the request brings and no living scope has is taken for the new scope. Whoever plants a cookie then knows the id of his
   * victim's scope: default false.
   */
  readonly keepsUnknownIds?: boolean | undefined
  /** False: the id is read and never sent. Default true. */
  readonly sendsCookie?: boolean | undefined
  /** False: ids that a request brings elsewhere than in its cookies are passed over. Default true. */
  readonly acceptsIds?: boolean | undefined
  /**
   * True: where a request brings several cookies of the name, one of them with the id of its scope, the answer sends that again, over
   * whatever is in its place, and takes away the one of this host where the cookie is for a domain. Default false: what the visitor knows is not sent.
   */
  readonly replacesStrays?: boolean | undefined
}

/** The places of a gate's scopes by name. */
export type ScopePlaces<D extends Definitions> = { readonly [K in keyof D]?: ScopePlace | undefined }

const knownOptions: ReadonlySet<string> = new Set([
  'scopes',
  'sharedId',
  'newId',
  'keepsUnknownIds',
  'sendsCookie',
  'acceptsIds',
  'replacesStrays',
])

/** A place with everything decided. */
export interface DecidedPlace {
  readonly scopes: Scopes
  readonly sharedId: string | undefined
  readonly newId: (() => string) | undefined
  readonly keepsUnknownIds: boolean
  readonly sendsCookie: boolean
  readonly acceptsIds: boolean
  readonly replacesStrays: boolean
}

/** @throws InvalidArgumentError when a place is none, or belongs to no scope of the gate. */
export function placesOf<D extends Definitions>(
  scopes: Scopes,
  definitions: D,
  places: ScopePlaces<D> = {},
): ReadonlyMap<string, DecidedPlace> {
  const stranger = Object.keys(places).find(name => !Object.hasOwn(definitions, name))
  if (stranger !== undefined)
    throw new InvalidArgumentError(
      `places.${stranger} belongs to no scope of the gate; it has ${Object.keys(definitions).join(', ')}.`,
    )
  return new Map(Object.keys(definitions).map(name => [name, decided(scopes, name, places[name])]))
}

function decided(scopes: Scopes, name: string, place: ScopePlace = {}): DecidedPlace {
  const { sharedId, newId, keepsUnknownIds = false, sendsCookie = true, acceptsIds = true } = place
  const { replacesStrays = false } = place
  checkKnown(`places.${name}`, place, knownOptions)
  const refuse = (option: string, must: string): never => {
    throw new InvalidArgumentError(`places.${name}.${option} must be ${must}.`)
  }
  if (sharedId !== undefined && (typeof sharedId !== 'string' || sharedId === '')) {
    refuse('sharedId', 'a text that is not empty')
  }
  if (newId !== undefined && typeof newId !== 'function') refuse('newId', 'a function that returns an id')
  if (typeof keepsUnknownIds !== 'boolean') refuse('keepsUnknownIds', 'true or false')
  if (typeof sendsCookie !== 'boolean') refuse('sendsCookie', 'true or false')
  if (typeof acceptsIds !== 'boolean') refuse('acceptsIds', 'true or false')
  if (typeof replacesStrays !== 'boolean') refuse('replacesStrays', 'true or false')
  return { scopes: place.scopes ?? scopes, sharedId, newId, keepsUnknownIds, sendsCookie, acceptsIds, replacesStrays }
}
