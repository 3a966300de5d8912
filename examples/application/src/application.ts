import { join } from 'node:path'
import { type Application, createTimeSpan, openApplication } from '@scopes/cfml'
import { counter } from '@scopes/core'
import { sqliteStore } from '@scopes/sqlite'

interface Session {
  user?: string
  cart: string[]
  clicks: number
}

interface Shared {
  prices: Record<string, number>
  orders: number
}

type Variables = Record<string, unknown>

export type Shop = Application<Session, Variables, Shared, Variables>

/** What an Application.cfc says, in one object. `say`: where the handlers tell what they do. */
export function openShop(process: string, directory: string, say: (line: string) => void): Promise<Shop> {
  return openApplication<Session, Variables, Shared, Variables>({
    name: 'shop',
    process,
    store: sqliteStore({ path: join(directory, 'shop.db') }),
    caches: { SessionStorageCache: sqliteStore({ path: join(directory, 'sessions.db') }) },

    sessionManagement: true,
    sessionStorage: 'SessionStorageCache',
    sessionTimeout: createTimeSpan(0, 0, 30, 0),
    session: { initial: () => ({ cart: [], clicks: 0 }), merge: { clicks: counter() } },

    applicationTimeout: createTimeSpan(1, 0, 0, 0),
    application: { initial: () => ({ prices: {}, orders: 0 }), merge: { orders: counter() } },

    onApplicationStart({ application }) {
      application.prices = { tea: 3, milk: 1 }
      say(`${process}: onApplicationStart`)
    },
    onSessionStart({ session }) {
      session.user = 'guest'
      say(`${process}: onSessionStart`)
    },
    onSessionEnd({ session, application, detail }) {
      say(`${process}: onSessionEnd (${detail}), ${session.user} leaves ${session.cart.join(' and ')}`)
      application.orders++
    },
  })
}
