import { type Scopes, memoryStore, openScopes } from '@scopes/core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type ScopeGate, type ScopePlace, type ScopeRequest, createGate } from '../src/index.ts'
import { Session } from './behaviour/shop-scopes.ts'

const definitions: { readonly session: typeof Session } = { session: Session }

let scopes: Scopes
let loads: number

beforeEach(async () => {
  const store = memoryStore()
  const load = store.load.bind(store)
  loads = 0
  store.load = (...call) => {
    loads++
    return load(...call)
  }
  scopes = await openScopes({ application: 'shop', store, reaper: false })
})

afterEach(() => scopes.close())

function gateAt(place: ScopePlace = {}): ScopeGate<typeof definitions> {
  return createGate(scopes, definitions, { places: { session: place } })
}

/** A request that brings these ids in its URL. */
function requestWith(ids: readonly string[], cookie?: string, gate = gateAt()): ScopeRequest<typeof definitions> {
  return gate.begin(cookie, { isSecure: () => false, ids: name => (name === 'session' ? ids : []) })
}

/** The ids of two living sessions. */
async function twoSessions(): Promise<readonly [string, string]> {
  const [first, second] = [scopes.create(Session), scopes.create(Session)]
  await first.update(draft => void draft.cart.push('of the first'))
  await second.update(draft => void draft.cart.push('of the second'))
  return [first.id, second.id]
}

test('an id that names a living scope goes before the cookie, and no cookie is sent, whatever is changed', async () => {
  const [first, second] = await twoSessions()
  const request = requestWith([first], `session=${second}`)
  const session = await request.open('session')
  expect(session.id).toBe(first)
  session.draft.cart.push('more')
  await request.beforeHeaders(200)
  expect(request.setCookies()).toEqual([])
  expect((await scopes.open(Session, first)).value.cart).toEqual(['of the first', 'more'])
})

test('after the head of such a request it can still be updated: the visitor knows the id', async () => {
  const [first] = await twoSessions()
  const request = requestWith([first])
  const session = await request.open('session')
  await request.beforeHeaders(200)
  request.setCookies()
  await session.update(draft => void draft.cart.push('late'))
  expect((await scopes.open(Session, first)).value.cart).toContain('late')
})

test('a rotation gives the visitor an id of his own, by a cookie', async () => {
  const [first] = await twoSessions()
  const request = requestWith([first])
  const session = await request.open('session')
  await session.rotate()
  await request.beforeHeaders(200)
  expect(request.setCookies()[0]).toContain(`session=${session.id}`)
  expect(session.id).not.toBe(first)
})

describe('an id that names no living scope counts as none', () => {
  test.each([
    ['where unknown ids are replaced', {}],
    ['where they are kept', { keepsUnknownIds: true }],
  ])('%s', async (_, place) => {
    const unknown = 'c0ffee00-0000-4000-8000-000000000000'
    const request = requestWith([unknown], undefined, gateAt(place))
    const session = await request.open('session')
    expect(session.isNew).toBe(true)
    expect(session.id).not.toBe(unknown)
    session.draft.cart.push('mine')
    await request.beforeHeaders(200)
    expect(request.setCookies()[0]).toContain(`session=${session.id}`)
  })

  test('where a place takes none, also one that lives', async () => {
    const [first] = await twoSessions()
    const session = await requestWith([first], undefined, gateAt({ acceptsIds: false })).open('session')
    expect(session.isNew).toBe(true)
  })

  test('also one that has ended, and the cookie counts', async () => {
    const [first, second] = await twoSessions()
    await (await scopes.open(Session, first)).end()
    const session = await requestWith([first], `session=${second}`).open('session')
    expect(session.id).toBe(second)
  })
})

test('one that the cookie says too is the visitor’s own', async () => {
  const [first] = await twoSessions()
  const request = requestWith([first], `session=${first}`)
  const session = await request.open('session')
  await session.end()
  await request.beforeHeaders(200)
  expect(request.setCookies()[0]).toContain('Max-Age=0')
})

test('what cannot be an id is not looked for, and of many only three are', async () => {
  loads = 0
  await requestWith(['a:b', '../x', 'é', '']).open('session')
  expect(loads).toBe(0)
  await requestWith(Array.from({ length: 50 }, (_, index) => `unknown-${index}`)).open('session')
  expect(loads).toBe(3)
})
