import { InvalidArgumentError } from '../errors.ts'
import { quoted } from '../value/quoted.ts'

/**
 * What is misspelt would be ignored in silence.
 * @throws InvalidArgumentError that names `what`, and the option, unless `options` is an object with known options only.
 */
export function checkOptions(what: string, options: unknown, known: ReadonlySet<string>): void {
  if (typeof options !== 'object' || options === null) {
    throw new InvalidArgumentError(`${what} takes an object with options, not ${quoted(options)}.`)
  }
  const unknownOption = Object.keys(options).find(name => !known.has(name))
  if (unknownOption !== undefined) {
    throw new InvalidArgumentError(
      `${what} does not know the option "${unknownOption}"; it knows ${[...known].join(', ')}.`,
    )
  }
}
