import { type ScopeDefinition, defineScope, openScopes } from '@scopes/core'
import { sqliteStore } from '@scopes/sqlite'

/** A session of an ordinary web application. */
interface PageSession {
  user: string
  hits: number
  cart: { sku: string; quantity: number }[]
}

const Session: ScopeDefinition<PageSession> = defineScope({
  kind: 'session',
  initial: (): PageSession => ({ user: '', hits: 0, cart: [] }),
  idle: '30m',
})

/** Documents that are inserted together: SQLite takes those of one turn in few transactions. */
const together = 2000

/** Afterwards there is a store at the path with so many sessions of two commits each. */
export async function fillStore(path: string, count: number, progress: (text: string) => void): Promise<void> {
  const store = sqliteStore({ path })
  const scopes = await openScopes({ application: 'bench', store, reaper: false })
  try {
    const model = await scopes.open(Session, 'visitor-0')
    await model.update(draft => void draft.cart.push({ sku: 'telescope', quantity: 1 }))
    await model.update(draft => void (draft.user = 'ann'))
    const { bytes } = (await store.load('session:bench:visitor-0')) ?? {}
    if (bytes === undefined) throw new Error('The model is missing.')
    for (let next = 1; next < count; next += together) {
      progress(`inspector: ${next} of ${count} sessions`)
      const numbers = Array.from({ length: Math.min(together, count - next) }, (_, index) => next + index)
      await Promise.all(numbers.map(number => store.insert(`session:bench:visitor-${number}`, bytes)))
    }
  } finally {
    await scopes.close()
  }
}
