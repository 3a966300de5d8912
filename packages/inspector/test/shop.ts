import { defineScope, type DocumentStore, inc, openScopes, type ScopeDefinition, type Scopes } from '@scopes/core'

/** What a session of the tests holds. */
interface SessionState {
  hits: number
  cart: { sku: string; qty: number }[]
}

/** Sessions whose ends nobody waits for. */
const Session: ScopeDefinition<SessionState> = defineScope({
  kind: 'session',
  initial: (): SessionState => ({ hits: 0, cart: [] }),
  idle: '30m',
})

/** What `work` does with the scopes of an application in that store, which is closed afterwards. */
export async function inShop(store: DocumentStore, work: (scopes: Scopes) => Promise<void>): Promise<void> {
  const scopes = await openScopes({ application: 'shop', store, reaper: false, process: 'web-1' })
  await work(scopes)
  await scopes.close()
}

/**
 * Three sessions: `visitor-1` has three commits, of which the last was merged, `visitor-2` was ended by a logout, `visitor-3` was
 * created.
 */
export async function fillShop(scopes: Scopes): Promise<void> {
  const first = await scopes.open(Session, 'visitor-1', { request: 'POST /cart' })
  await first.update(draft => void draft.cart.push({ sku: 'A', qty: 1 }))
  const draft = first.draft()
  draft.value.cart.push({ sku: 'B', qty: 1 })
  await first.update(value => inc(value, ['hits'], 1))
  await draft.commit()
  const second = await scopes.open(Session, 'visitor-2')
  await second.update(value => void value.hits++)
  await second.end('logout')
  await (await scopes.open(Session, 'visitor-3')).update(value => void value.hits++)
}

/** Another hit of the session `locked`, under a lock. */
export async function hitUnderLock(scopes: Scopes): Promise<void> {
  await scopes.lock({ name: 'hits' }, async () => {
    await (await scopes.open(Session, 'locked')).update(value => void value.hits++)
  })
}
