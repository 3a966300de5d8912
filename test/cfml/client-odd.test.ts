import { type DocumentStore, ScopeTooLargeError } from '@scopes/core'
import { observedStore } from '@scopes/testing'
import { describe, expect } from 'vitest'
import { type Ground, behaviour } from './behaviour.ts'
import { openNode } from './node.ts'
import { shiftedClock } from './shifted-clock.ts'
import { Visitor } from './visitor.ts'

/** The same ground; counts what is written. */
function counting(ground: Ground): { readonly counted: Ground; readonly writes: () => number } {
  let writes = 0
  const count = (store: DocumentStore): DocumentStore =>
    observedStore(store, { onCall: ({ method }) => void (/^(?:insert|append|replace)$/u.test(method) && writes++) })
  return { counted: { ...ground, open: async clock => count(await ground.open(clock)) }, writes: () => writes }
}

describe('a client as ColdFusion has it', () => {
  const compat = 'coldfusion'

  behaviour(
    42,
    async ground => {
      const shop = await openNode(ground, shiftedClock(), { compat })
      const visitor = new Visitor()
      await visitor.ask(shop, async request => {
        const client = await request.client()
        client['name'] = 'ann'
        for (const complex of [['tea'], { n: 1 }, new Map(), new Set()]) {
          expect(() => (client['cart'] = complex)).toThrow(expect.objectContaining({ code: 'invalid-state' }))
          expect(() => shop.structs.structInsert(client, 'cart', complex)).toThrow('complex value')
        }
      })
      await visitor.ask(shop, async request => expect(await request.getClientVariablesList()).toBe('name'))
    },
    { part: 'complex values' },
  )

  behaviour(
    42,
    async ground => {
      const clock = shiftedClock()
      const [shop, other] = [await openNode(ground, clock, { compat }), await openNode(ground, clock, { compat })]
      const visitor = new Visitor()
      await visitor.ask(shop, async request => void Object.assign(await request.client(), { a: 'old', b: 'old' }))
      await visitor.ask(shop, async request => {
        const client = await request.client()
        shop.structs.structClear(client)
        expect(Object.keys(client)).toEqual([])
        client['B'] = 'new'
      })
      await visitor.ask(other, async request => expect(await request.client()).toMatchObject({ a: 'old', b: 'new' }))
    },
    { part: 'clear' },
  )

  behaviour(
    42,
    async ground => {
      const { counted, writes } = counting(ground)
      const clock = shiftedClock()
      const settings = { compat, sessionManagement: false, disableGlobalClientUpdates: true } as const
      const shop = await openNode(counted, clock, settings)
      const visitor = new Visitor()
      await visitor.ask(shop, async request => void ((await request.client())['a'] = 1))
      const before = writes()
      await visitor.ask(shop, async request => expect((await request.client()).hitcount).toBe(2))
      await visitor.ask(shop, async request => expect((await request.client()).hitcount).toBe(2))
      expect(writes()).toBe(before)
      await visitor.ask(shop, async request => void ((await request.client())['a'] = 2))
      expect(writes()).toBeGreaterThan(before)
      await visitor.ask(shop, async request => expect((await request.client()).hitcount).toBe(3))
    },
    { part: 'globals' },
  )
})

describe('a client in a cookie', () => {
  const settings = { clientStorage: 'cookie', clientCookie: { keys: ['the secret of the clients'] } } as const

  // The store has nothing of it, so one is as good as another.
  behaviour(
    43,
    async ground => {
      const { counted, writes } = counting(ground)
      const clock = shiftedClock()
      const [shop, other] = [await openNode(counted, clock, settings), await openNode(counted, clock, settings)]
      const visitor = new Visitor()
      await visitor.ask(shop, async request => void ((await request.client())['theme'] = 'dark'))
      await visitor.ask(other, async request => expect(await request.client()).toMatchObject({ theme: 'dark' }))
      const large = visitor.ask(shop, async request => {
        ;(await request.client())['text'] = 'x'.repeat(4000)
      })
      await expect(large).rejects.toThrow(ScopeTooLargeError)
      await expect(large).rejects.toMatchObject({ limit: 4000, biggest: [{ path: ['text'] }, {}, {}] })
      await visitor.ask(shop, async request => expect(await request.getClientVariablesList()).toBe('theme'))
      expect(writes()).toBe(0)
    },
    { part: 'size' },
  )

  behaviour(
    43,
    async ground => {
      const shop = await openNode(ground, shiftedClock(), settings)
      const visitor = new Visitor()
      const { result: client } = await visitor.ask(shop, async request => {
        const handed = await request.client()
        handed['theme'] = 'dark'
        return handed
      })
      // Not kept, and not lost in silence.
      expect(() => (client['late'] = true)).toThrow(expect.objectContaining({ code: 'headers-sent' }))
      await visitor.ask(shop, async request => expect(await request.getClientVariablesList()).toBe('theme'))
    },
    { part: 'after the headers' },
  )
})
