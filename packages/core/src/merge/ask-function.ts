import { PolicyError } from '../errors.ts'
import { formatPath } from '../value/path.ts'
import { capture } from '../value/plain-data.ts'
import type { MergeContest } from './conflict.ts'
import type { MergeFunction } from './policy.ts'

/**
 * What the function makes of two changes, frozen; undefined: nothing is to stand there (merge rule 32).
 * @throws PolicyError when it throws, InvalidStateError when what it returns cannot be stored; both name the path.
 */
export function askFunction(policy: MergeFunction, contest: MergeContest): unknown {
  const { path, base, ours, theirs } = contest
  const returned = call(policy, Object.freeze({ ...contest, path: Object.freeze([...path]) }))
  // The values that it was given are stored already.
  if (returned === undefined || returned === theirs || returned === ours || returned === base) return returned
  return capture(returned, path)
}

function call(policy: MergeFunction, contest: MergeContest): unknown {
  try {
    const returned = policy(contest)
    // A promise is refused below: that it fails, as nobody waits for it, must not end the process.
    if (returned instanceof Promise) void returned.then(undefined, () => undefined)
    return returned
  } catch (error) {
    const path = formatPath(contest.path)
    throw new PolicyError(
      `The merge policy of ${path} threw (the cause); nothing was written. It must give a value for every two changes.`,
      {
        path: contest.path,
        cause: error,
      },
    )
  }
}
