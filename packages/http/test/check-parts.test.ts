import { type ScopeDefinition, defineScope, memoryStore, openScopes } from '@scopes/core'
import { describe, expect, test } from 'vitest'
import { ScopesStore } from '../src/express-session.ts'
import { expressScopes } from '../src/express.ts'
import { fastifyScopes } from '../src/fastify.ts'
import { createGate } from '../src/gate.ts'
import { honoScopes } from '../src/hono.ts'
import { koaScopes } from '../src/koa.ts'
import { openShop } from './open-shop.ts'

const session: ScopeDefinition = defineScope({ kind: 'session', initial: () => ({}) })

test('scopes that were not awaited are refused where the gate or the store is made, and the message says so', async () => {
  const opening = openScopes({ application: 'shop', store: memoryStore() })
  const promise = opening as never
  expect(() => expressScopes(promise, { session })).toThrow(/await openScopes/)
  expect(() => new ScopesStore(promise)).toThrow(/await openScopes/)
  for (const bad of [undefined, null, 'shop', memoryStore()]) {
    expect(() => createGate(bad as never, { session })).toThrow(/what openScopes resolves to/)
  }
  await (await opening).close()
})

test('a definition that is none is refused by its name where the gate or the store is made', async () => {
  const { scopes } = await openShop()
  for (const bad of [undefined, 'session', { kind: 'session', initial: () => ({}) }]) {
    expect(() => expressScopes(scopes, { visit: bad as never })).toThrow(/definition of "visit"/)
  }
  expect(() => new ScopesStore(scopes, { definition: { kind: 'session' } as never })).toThrow(/definition/)
  expect(() => createGate(scopes, undefined as never)).toThrow(/\{ session: Session \}/)
})

describe('an option that is not known is refused by its name, and not passed over', () => {
  test.each([
    ['secret', { secret: 'keyboard cat' }],
    ['httponly', { cookie: { httponly: false } }],
    ['secret', { cookies: { session: { secret: 'keyboard cat' } } }],
    ['sharedID', { places: { session: { sharedID: '_' } } }],
  ])('%s', async (name, options) => {
    const { scopes } = await openShop()
    const make = (): unknown => expressScopes(scopes, { session }, options as never)
    expect(make).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
    expect(make).toThrow(`"${name}"`)
  })

  test('of the store', async () => {
    const { scopes } = await openShop()
    expect(() => new ScopesStore(scopes, { ttl: 60 } as never)).toThrow('"ttl"')
  })
})

test.each(['isSecure', 'renew', 'ids', 'requestId'])(
  '%s that is no function is refused, and not at its first use',
  async name => {
    const { scopes } = await openShop()
    for (const make of [expressScopes, fastifyScopes, koaScopes, honoScopes]) {
      expect(() => make(scopes, { session }, { [name]: true })).toThrow(
        expect.objectContaining({
          code: 'invalid-argument',
          message: expect.stringContaining(`${make.name}: ${name}`),
        }),
      )
    }
  },
)
