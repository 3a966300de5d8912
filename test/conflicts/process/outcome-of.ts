import { type Committed, ScopesError } from '@scopes/core'
import type { Outcome } from '../judge.ts'

/** What the caller of a write was told. Rejects with what is no answer of the library: a fault of this program. */
export async function outcomeOf(writing: Promise<Committed>): Promise<Outcome> {
  try {
    const { version, attempts, merged } = await writing
    return { type: 'done', version, attempts, merged }
  } catch (error) {
    if (!(error instanceof ScopesError)) throw error
    return error.outcome === 'unknown' ? { type: 'unknown' } : { type: 'none', code: error.code }
  }
}
