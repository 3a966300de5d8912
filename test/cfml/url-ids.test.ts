import { expect } from 'vitest'
import { behaviour } from './behaviour.ts'
import { openNode } from './node.ts'
import { shiftedClock } from './shifted-clock.ts'
import { type Shop, Visitor } from './visitor.ts'

/** A visitor of his own with a session, and its id. */
async function withSession(shop: Shop, user: string): Promise<{ readonly visitor: Visitor; readonly cfid: string }> {
  const visitor = new Visitor()
  await visitor.ask(shop, async request => void ((await request.session())['user'] = user))
  return { visitor, cfid: visitor.cfid ?? '' }
}

behaviour(3, async ground => {
  const clock = shiftedClock()
  const [shop, closed] = [await openNode(ground, clock, { allowUrlIds: true }), await openNode(ground, clock)]
  const [ann, ben] = [await withSession(shop, 'ann'), await withSession(shop, 'ben')]
  const seen = async (at: Shop, visitor: Visitor, cfid: string): Promise<unknown> => {
    const { result } = await visitor.ask(at, async request => (await request.session())['user'], undefined, [cfid])
    return result
  }
  // It beats the cookie, and is not made one.
  expect(await seen(shop, ben.visitor, ann.cfid)).toBe('ann')
  expect(ben.visitor.cfid).toBe(ben.cfid)
  // Who has no cookies roams by it.
  const walker = new Visitor()
  expect(await seen(shop, walker, ann.cfid)).toBe('ann')
  expect(walker.cfid).toBeUndefined()
  // What does not live is none.
  await ann.visitor.ask(shop, request => request.sessionInvalidate())
  expect(await seen(shop, ben.visitor, ann.cfid)).toBe('ben')
  expect(await seen(shop, walker, crypto.randomUUID())).toBeUndefined()
  // Where they are not allowed they are none.
  const cid = await withSession(closed, 'cid')
  expect(await seen(closed, ben.visitor, cid.cfid)).toBe('ben')
  expect(await seen(closed, walker, cid.cfid)).toBeUndefined()
})
