/** A scenario that the test server does not pass, with its reason. One that passes must be taken out. */
export interface NotPassed {
  readonly scenario: RegExp
  readonly reason: string
}

/** None: all that was recorded is answered as it was. */
export const NOT_PASSED: readonly NotPassed[] = []

/** Why that scenario is not expected to pass; undefined: it is. */
export function reasonNotPassed(name: string, list: readonly NotPassed[] = NOT_PASSED): string | undefined {
  return list.find(({ scenario }) => scenario.test(name))?.reason
}
