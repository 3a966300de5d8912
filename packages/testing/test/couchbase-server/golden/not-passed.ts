/** Scenarios that the test server does not pass, each with its reason. One that passes must be taken out. */
export const NOT_PASSED: readonly { readonly scenario: RegExp; readonly reason: string }[] = [
  { scenario: /^dcp-/, reason: 'the producer of changes (DCP) is not served yet' },
]

/** Why that scenario is not expected to pass; undefined: it is. */
export function reasonNotPassed(name: string): string | undefined {
  return NOT_PASSED.find(({ scenario }) => scenario.test(name))?.reason
}
