import type { IncomingMessage } from 'node:http'
import { memoryStore } from '@scopes/core'
import { expectTypeOf } from 'vitest'
import { expressApplication } from '../src/express.ts'
import { type ApplicationBuiltIns, type SessionBuiltIns, openApplication } from '../src/index.ts'

interface Basket {
  user?: string
  cart: string[]
}

const store = memoryStore()
const shop = await openApplication({
  name: 'shop',
  store,
  session: { initial: (): Basket => ({ cart: [] }), merge: {} },
  application: { initial: () => ({ prices: new Map<string, number>() }) },
  onApplicationStart({ application }) {
    expectTypeOf(application.prices).toEqualTypeOf<Map<string, number>>()
  },
  onSessionStart({ session }) {
    expectTypeOf(session).toEqualTypeOf<Basket & SessionBuiltIns>()
  },
  onSessionEnd({ session, application }) {
    expectTypeOf(session.cart).toEqualTypeOf<readonly string[]>()
    expectTypeOf(application.applicationname).toEqualTypeOf<string>()
  },
})
const web = expressApplication(shop)
declare const request: IncomingMessage

expectTypeOf(await web.session(request)).toEqualTypeOf<Basket & SessionBuiltIns>()
expectTypeOf(await web.application(request)).toEqualTypeOf<{ prices: Map<string, number> } & ApplicationBuiltIns>()
expectTypeOf((await web.client(request))['theme']).toEqualTypeOf<unknown>()
expectTypeOf((await web.client(request)).hitcount).toEqualTypeOf<number>()
expectTypeOf(await web.of(request).sessionExists()).toEqualTypeOf<boolean>()

// @ts-expect-error -- the response is not what a request hands out
void web.session({ statusCode: 200 })
// @ts-expect-error -- a misspelt setting
void openApplication({ name: 'shop', store, sesionTimeout: 5 })
// @ts-expect-error -- what is forgotten to be awaited has no variables
void web.session(request).cart
