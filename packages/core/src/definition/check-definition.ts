import { InvalidArgumentError } from '../errors.ts'
import { quoted } from '../value/quoted.ts'
import type { ScopeDefinition } from './define-scope.ts'

/**
 * By its form: another copy of this package may have made it.
 * @throws InvalidArgumentError that names `what`, unless `definition` is what `defineScope` has returned.
 */
export function checkDefinition(what: string, definition: unknown): asserts definition is ScopeDefinition {
  if (typeof definition === 'object' && definition !== null && 'initialState' in definition) return
  const isOptions = typeof definition === 'object' && definition !== null && 'kind' in definition
  throw new InvalidArgumentError(
    `${what} takes what defineScope has returned, not ${isOptions ? 'options of it' : quoted(definition)}.`,
  )
}
