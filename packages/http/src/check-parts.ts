import { InvalidArgumentError } from '@scopes/core'

/**
 * By its form: another copy of the core may have made it.
 * @throws InvalidArgumentError unless `scopes` is what `openScopes` resolves to.
 */
export function checkScopes(maker: string, scopes: unknown): void {
  if (typeof scopes === 'object' && scopes !== null) {
    if ('answersFromMemory' in scopes) return
    if ('then' in scopes)
      throw new InvalidArgumentError(`${maker} was given a promise of scopes: await openScopes(…) before.`)
  }
  throw new InvalidArgumentError(`${maker} takes what openScopes resolves to; it was given something else.`)
}

/** @throws InvalidArgumentError that names the definition which is none. */
export function checkDefinitions(definitions: unknown): void {
  if (typeof definitions !== 'object' || definitions === null) {
    throw new InvalidArgumentError('A gate takes definitions by the names of its scopes, as in { session: Session }.')
  }
  for (const [name, definition] of Object.entries(definitions)) checkDefinition(name, definition)
}

/** @throws InvalidArgumentError unless `definition` is what `defineScope` has returned. */
export function checkDefinition(name: string, definition: unknown): void {
  if (typeof definition === 'object' && definition !== null && 'initialState' in definition) return
  throw new InvalidArgumentError(
    `The definition of "${name}" is none: it must be what defineScope has returned. Where it is undefined, two modules may import each other.`,
  )
}

/**
 * What is misspelt, or belongs to another library, would be ignored in silence.
 * @throws InvalidArgumentError that names the option which `known` does not have.
 */
export function checkKnown(what: string, options: object | undefined, known: ReadonlySet<string>): void {
  const stranger = options && Object.keys(options).find(name => !known.has(name))
  if (stranger === undefined) return
  throw new InvalidArgumentError(`${what} does not know the option "${stranger}"; it knows ${[...known].join(', ')}.`)
}
