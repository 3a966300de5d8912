import { observedStore } from '@scopes/testing'
import { expect } from 'vitest'
import { type Ground, behaviour } from './behaviour.ts'
import { type NodeSettings, openNode } from './node.ts'
import { shiftedClock } from './shifted-clock.ts'
import { type ShopRequest, Visitor } from './visitor.ts'

/** What a hundred requests without cookies ask of the store, and what cookies they are sent. */
async function hundredBots(
  ground: Ground,
  settings: NodeSettings,
  visit: (request: ShopRequest) => unknown,
): Promise<{ readonly calls: readonly string[]; readonly cookies: number }> {
  const calls: string[] = []
  const store = observedStore(await ground.open(), { onCall: ({ method, key }) => void calls.push(`${method} ${key}`) })
  const shop = await openNode(ground, shiftedClock(), { ...settings, store })
  calls.length = 0
  let cookies = 0
  for (let bots = 0; bots < 100; bots++) {
    const { setCookies } = await new Visitor().ask(shop, visit)
    cookies += setCookies.length
  }
  return { calls, cookies }
}

behaviour(
  16,
  async ground => {
    const looks = await hundredBots(ground, {}, async request => {
      const [session, client] = [await request.session(), await request.client()]
      expect(session['cart'] ?? client['theme']).toBeUndefined()
      expect(await request.sessionExists()).toBe(false)
      expect(await request.csrfVerifyToken('f'.repeat(40))).toBe(false)
    })
    expect(looks).toEqual({ calls: [], cookies: 0 })
  },
  { part: 'a hundred bots that only look cost no request to the store' },
)

behaviour(
  1,
  async ground => {
    const handlers = { onSessionStart: ({ session }: { readonly session: object }) => Object.assign(session, { a: 1 }) }
    expect(await hundredBots(ground, handlers, () => undefined)).toEqual({ calls: [], cookies: 0 })
  },
  { part: 'a hundred bots whose pages need no session cost nothing, also where sessions have handlers' },
)
