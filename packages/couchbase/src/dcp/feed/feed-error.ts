import { ScopesError, StoreUnavailableError } from '@scopes/core'

import { ConnectionError } from '../connection/connection-error.ts'
import type { FailReason } from '../stream/stream-state.ts'

/** What a user of the feed gets for anything that went wrong with a node. */
export function feedErrorOf(error: unknown, place: string): ScopesError {
  if (error instanceof ScopesError) return error
  if (!(error instanceof ConnectionError)) throw error
  return new StoreUnavailableError(`The changes of Couchbase (${place}) cannot be read: ${error.message}`, {
    cause: error,
  })
}

/** A vbucket that cannot be read any more. */
export function streamErrorOf(
  vbucket: number,
  reason: FailReason,
  status: number | undefined,
  place: string,
): StoreUnavailableError {
  const said = status === undefined ? '' : ` (status 0x${status.toString(16)})`
  return new StoreUnavailableError(
    `The changes of Couchbase (${place}) cannot be read any more: ${texts[reason]}; vbucket ${vbucket}${said}.`,
    { cause: new ConnectionError(reason === 'no-access' ? 'no-access' : 'refused', texts[reason], { status }) },
  )
}

const texts: Readonly<Record<FailReason, string>> = {
  'no-access': 'the user needs the role data_dcp_reader on the collection, or has lost it',
  'unknown-collection': 'the collection does not exist any more',
  'filter-empty': 'the collection does not exist any more',
}
