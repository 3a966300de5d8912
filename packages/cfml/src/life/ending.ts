import { LockLostError, type Scope, ScopeEndedError, type ScopeKey, type Scopes } from '@scopes/core'
import type { ScopeDefinition } from '@scopes/core'
import { onlyId } from '../scope/definitions.ts'
import { type ApplicationState, type RunValues, systemKey } from '../scope/system-values.ts'

/** Why an application ends. */
export type EndWord = NonNullable<RunValues['ending']>

/** What an end is made with. */
export interface EndingParts {
  readonly scopes: Scopes
  readonly definition: ScopeDefinition<ApplicationState>
  /** The lock that is the use lease. */
  readonly useKey: ScopeKey
  readonly now: () => number
}

/** How far the clocks of two processes may be apart, as core has it, in milliseconds. */
const clockToleranceMs = 1000

/** Whether a deadline has passed for everybody. */
export function isOver(deadline: number, now: number): boolean {
  return now >= deadline + clockToleranceMs
}

/**
 * Ends the application if nobody uses it (lease protocol A3–A5): with the use lease alone, by a commit that tells an end
 * of a newer use. Who only believes to have the lease has an older token than the use that came after, and decides nothing.
 * @param timeoutMs how long to wait until nobody uses it; 0: not at all
 * @returns whether it has ended, by this call or another
 */
export async function endApplication(parts: EndingParts, word: EndWord, timeoutMs: number): Promise<boolean> {
  const { scopes, useKey } = parts
  const options = { scope: { key: useKey }, timeoutMs }
  const decide = (lock: { readonly fencingToken: bigint }): Promise<Scope<ApplicationState> | undefined> => {
    return decideEnd(parts, word, lock.fencingToken)
  }
  const scope = await (timeoutMs === 0
    ? scopes.lock({ ...options, throwOnTimeout: false }, decide).catch(unlessLost)
    : scopes.lock(options, decide))
  if (scope === undefined) return false
  await carryOutEnd(scope)
  return true
}

/** Ends what has been decided to end. Handlers of this process have been tried when it resolves. */
export async function carryOutEnd(scope: Scope<ApplicationState>): Promise<void> {
  try {
    await scope.end(scope.value[systemKey].ending)
  } catch (error) {
    if (!(error instanceof ScopeEndedError)) throw error
  }
}

/** This process stood still: it is in use again, or another ends it. */
function unlessLost(error: unknown): undefined {
  if (!(error instanceof LockLostError)) throw error
}

async function decideEnd(
  { scopes, definition, now }: EndingParts,
  word: EndWord,
  token: bigint,
): Promise<Scope<ApplicationState> | undefined> {
  const scope = await scopes.open(definition, onlyId)
  if (!scope.isStored) return undefined
  let isDecided = false
  try {
    await scope.update(draft => {
      const run = draft[systemKey]
      const isDue = run.use <= token && (word === 'stopped' || isOver(run.deadline, now()))
      isDecided = run.ending !== undefined || isDue
      if (isDecided) run.ending ??= word
    })
  } catch (error) {
    if (error instanceof ScopeEndedError) return undefined
    throw error
  }
  return isDecided ? scope : undefined
}
