import { InvalidArgumentError, append, inc, memoryStore, openScopes } from '@scopes/core'
import { expect, test } from 'vitest'
import { type RequestMeta, createGate } from '../src/index.ts'
import { Session, definitions } from './behaviour/shop-scopes.ts'

const plain: RequestMeta = { isSecure: () => false }

test('ops on the drafts of overlapping requests all count', async () => {
  const scopes = await openScopes({ application: 'shop', store: memoryStore() })
  const gate = createGate(scopes, definitions)
  const visitor = scopes.create(Session)
  await visitor.update(draft => inc(draft, 'hits', 1))
  const requests = Array.from({ length: 5 }, () => gate.begin(`session=${visitor.id}`, plain))
  const sessions = await Promise.all(requests.map(request => request.open('session')))
  for (const [index, session] of sessions.entries()) {
    inc(session.draft, 'hits', 1)
    append(session.draft, 'cart', `item ${index}`)
    expect(session.value.hits).toBe(2)
  }
  await Promise.all(requests.map(async request => request.beforeHeaders(200)))
  expect(visitor.value.hits).toBe(6)
  expect(visitor.value.cart.toSorted()).toEqual(Array.from({ length: 5 }, (_, index) => `item ${index}`))
  await scopes.close()
})

test('an op on a draft that its request has given up is refused', async () => {
  const scopes = await openScopes({ application: 'shop', store: memoryStore() })
  const gate = createGate(scopes, definitions)
  const request = gate.begin(undefined, plain)
  const { draft } = await request.open('session')
  inc(draft, 'hits', 1)
  await request.beforeHeaders(500)
  expect(() => inc(draft, 'hits', 1)).toThrow(InvalidArgumentError)
  await scopes.close()
})
