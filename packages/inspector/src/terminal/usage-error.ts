/** A command line that cannot be followed; the message says why. */
export class UsageError extends Error {}

/** What was asked for is not there, or does not hold; the message says what. */
export class FailedError extends Error {}
