import { InvalidArgumentError } from '@scopes/core'

/** The most characters of the name of an application. */
const mostCharacters = 64

/**
 * The name is a part of the key of everything that the application stores.
 * @throws InvalidArgumentError for a name that cannot be one.
 */
export function checkName(name: unknown): asserts name is string {
  if (typeof name !== 'string' || !/^[A-Za-z0-9._-]+$/.test(name)) {
    throw new InvalidArgumentError(`name is ${JSON.stringify(name)}; it must consist of A-Z a-z 0-9 . _ and -.`)
  }
  if (name.length > mostCharacters) {
    throw new InvalidArgumentError(
      `The name "${name.slice(0, 20)}…" is over ${mostCharacters} characters: choose a shorter one.`,
    )
  }
  // The server scope is stored under it.
  if (name === '_') throw new InvalidArgumentError('No application can be called "_": choose another name.')
}
