import { ScopesError, defineScope, openScopes } from '@scopes/core'
import { sqliteStore } from '@scopes/sqlite'
import { hearStarter, programInput, tellStarter } from '@scopes/testing'

/** What the program is started with. */
export interface LockTask {
  readonly path: string
  readonly leaseMs: number
}

/** What it tells. `outcome`: the code of the error that its write under the lock was refused with; `written` otherwise. */
export type LockTold = { readonly type: 'inside' } | { readonly type: 'outcome'; readonly outcome: string }

export interface Till {
  count: number
}

/** The program of a process that takes a lock, and writes under it when it is told to. */
const { path, leaseMs } = programInput() as LockTask
const Till = defineScope({ kind: 'till', initial: (): Till => ({ count: 0 }) })
const scopes = await openScopes({ application: 'shop', process: 'other', store: sqliteStore({ path }) })
const till = await scopes.open(Till, 'front')
const told = new Promise<void>(resolve => hearStarter(() => resolve()))

await scopes.lock({ name: 'till', leaseMs }, async () => {
  await tellStarter({ type: 'inside' })
  await told
  const outcome = await till
    .update(draft => void (draft.count += 100))
    .then(
      () => 'written',
      (error: unknown) => (error instanceof ScopesError ? error.code : String(error)),
    )
  await tellStarter({ type: 'outcome', outcome })
})
await scopes.close()
process.disconnect()
