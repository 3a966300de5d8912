import { type ScopeDefinition, type Scopes, defineScope, memoryStore, openScopes } from '@scopes/core'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type RequestMeta, type ScopeGate, type ScopePlaces, createGate } from '../src/index.ts'
import { Session } from './behaviour/shop-scopes.ts'

const meta: RequestMeta = { isSecure: () => false }

interface BoardState {
  notes: string[]
}

const Board: ScopeDefinition<BoardState> = defineScope({ kind: 'board', initial: (): BoardState => ({ notes: [] }) })
const definitions: { readonly session: typeof Session; readonly board: typeof Board } = {
  session: Session,
  board: Board,
}

let scopes: Scopes
let elsewhere: Scopes

beforeEach(async () => {
  scopes = await openScopes({ application: 'shop', store: memoryStore(), reaper: false })
  elsewhere = await openScopes({ application: 'shop', store: memoryStore(), reaper: false })
})

afterEach(async () => {
  await scopes.close()
  await elsewhere.close()
})

function gateAt(places: ScopePlaces<typeof definitions>): ScopeGate<typeof definitions> {
  return createGate(scopes, definitions, { places })
}

test('a scope that all visitors share needs no cookie, and its draft is stored before the head', async () => {
  const gate = gateAt({ board: { sharedId: 'main' } })
  const request = gate.begin(undefined, meta)
  ;(await request.open('board')).draft.notes.push('first')
  await request.beforeHeaders(200)
  expect(request.setCookies()).toEqual([])
  const other = await gate.begin('board=elsewhere', meta).open('board')
  expect(other.value.notes).toEqual(['first'])
  expect(other.id).toBe('main')
})

test('one that was ended in a request begins again under its id', async () => {
  const gate = gateAt({ board: { sharedId: 'main' } })
  const first = gate.begin(undefined, meta)
  ;(await first.open('board')).draft.notes.push('old')
  await first.beforeHeaders(200)
  const request = gate.begin(undefined, meta)
  await (await request.open('board')).end()
  ;(await request.open('board')).draft.notes.push('new')
  await request.beforeHeaders(200)
  expect(request.setCookies()).toEqual([])
  expect((await scopes.open(Board, 'main')).value.notes).toEqual(['new'])
})

test('a scope can be in a store of its own', async () => {
  const gate = gateAt({ session: { scopes: elsewhere } })
  const request = gate.begin(undefined, meta)
  const session = await request.open('session')
  session.draft.hits++
  await request.beforeHeaders(200)
  expect((await elsewhere.open(Session, session.id)).value.hits).toBe(1)
  expect((await scopes.open(Session, session.id)).isStored).toBe(false)
})

test('ids can be made by the application', async () => {
  const request = gateAt({ session: { newId: () => 'made-here' } }).begin(undefined, meta)
  const session = await request.open('session')
  session.draft.hits++
  await request.beforeHeaders(200)
  expect(request.setCookies()).toEqual([expect.stringContaining('session=made-here;')])
})

test('an id that nobody has is replaced, unless the place keeps it', async () => {
  const replaced = await gateAt({}).begin('session=planted', meta).open('session')
  expect(replaced.id).not.toBe('planted')
  const kept = await gateAt({ session: { keepsUnknownIds: true } })
    .begin('session=planted', meta)
    .open('session')
  expect(kept.id).toBe('planted')
  expect(kept.isNew).toBe(true)
})

test('an id that has ended begins anew under itself where unknown ids are kept', async () => {
  const old = await scopes.open(Session, 'known')
  await old.update(draft => void draft.hits++)
  await old.end()
  const gate = gateAt({ session: { keepsUnknownIds: true } })
  const request = gate.begin('session=known', meta)
  const session = await request.open('session')
  expect(session.value.hits).toBe(0)
  session.draft.user = 'ann'
  await request.beforeHeaders(200)
  expect((await scopes.open(Session, 'known')).value).toMatchObject({ user: 'ann', hits: 0 })
})

test('where no cookie is to be sent none is, and the id is read all the same', async () => {
  const gate = gateAt({ session: { sendsCookie: false } })
  const request = gate.begin(undefined, meta)
  const session = await request.open('session')
  session.draft.hits++
  await request.beforeHeaders(200)
  expect(request.setCookies()).toEqual([])
  expect((await gate.begin(`session=${session.id}`, meta).open('session')).value.hits).toBe(1)
})

test('isDirty of a scope tells of its own draft only', async () => {
  const request = gateAt({ board: { sharedId: 'main' } }).begin(undefined, meta)
  const session = await request.open('session')
  const board = await request.open('board')
  board.draft.notes.push('x')
  expect([session.isDirty, board.isDirty]).toEqual([false, true])
})

test.each([
  ['of no scope', { stranger: {} }, /places\.stranger/],
  ['an empty shared id', { board: { sharedId: '' } }, /places\.board\.sharedId/],
  ['an id that is no function', { session: { newId: 'x' } }, /places\.session\.newId/],
  ['a switch that is none', { session: { keepsUnknownIds: 1 } }, /places\.session\.keepsUnknownIds/],
  ['a third switch that is none', { session: { replacesStrays: 0 } }, /places\.session\.replacesStrays/],
  ['another switch that is none', { session: { sendsCookie: 'no' } }, /places\.session\.sendsCookie/],
])('a place that is none is refused by name: %s', (_, places, message) => {
  const wrong = places as ScopePlaces<typeof definitions>
  expect(() => gateAt(wrong)).toThrow(message)
})
