import { InvalidArgumentError } from '../../errors.ts'

/** @throws InvalidArgumentError when there are any: an option that is ignored would promise what does not happen. */
export function refuseArguments(policy: string, given: readonly unknown[]): void {
  if (given.length > 0) throw new InvalidArgumentError(`${policy}() takes no arguments.`)
}
