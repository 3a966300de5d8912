import { InvalidArgumentError } from '../../errors.ts'

/** What `lastWriter`, `firstWriter` and `reject` take. */
export interface AtomicOptions {
  /** The value at the path is one: a change of any part is a change of the whole. Default false. */
  readonly atomic?: boolean
}

/** @throws InvalidArgumentError that names the policy, for anything else than `{ atomic }`. */
export function readAtomic(policy: string, options: unknown): boolean {
  if (typeof options === 'object' && options !== null && !Array.isArray(options)) {
    const { atomic = false, ...others } = options as { readonly atomic?: unknown }
    if (typeof atomic === 'boolean' && Object.keys(others).length === 0) return atomic
  }
  throw new InvalidArgumentError(`${policy}() takes nothing, or { atomic: true } or { atomic: false }.`)
}
