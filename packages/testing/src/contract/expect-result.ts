import assert from 'node:assert/strict'

import type { MutationResult, StoreToken } from '@scopes/core'

/** Why a store refused a mutation. */
type RefusalReason = Extract<MutationResult, { type: 'refused' }>['reason']

/** The token of a mutation that was done; fails when it was refused. */
export function expectDone(result: MutationResult): StoreToken {
  if (result.type !== 'done') assert.fail(`refused as ${result.reason}, but nothing stands against it`)
  assert.equal(typeof result.token, 'bigint', 'a token is a bigint')
  return result.token
}

/** Fails unless the mutation was refused, for one of these reasons. */
export function expectRefused(result: MutationResult, ...reasons: readonly RefusalReason[]): void {
  if (result.type === 'done') assert.fail(`done, but it had to be refused as ${reasons.join(' or ')}`)
  assert.ok(reasons.includes(result.reason), `refused as ${result.reason} instead of ${reasons.join(' or ')}`)
}
