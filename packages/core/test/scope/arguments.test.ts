import { expect, test } from 'vitest'
import { memoryStore, openScopes } from '../../src/index.ts'
import { Session, processes } from './fixture.ts'

const options = { application: 'shop', store: memoryStore() }

test.each([
  { application: 'a:b' },
  { backup: 'later' },
  { backup: 'behind' },
  { backup: 'behind', cluster: true },
  { backup: 'behind', cluster: { session: true } },
  { cluster: 'yes' },
  { cluster: null },
  { cluster: { session: 'no' } },
  { process: 7 },
  { commitTimeoutMs: 0 },
  { openTimeoutMs: 2 ** 31 },
  { store: undefined },
  { store: 'memory' },
  { clustre: true },
])('openScopes refuses %j and names the option', async bad => {
  const opening = openScopes({ ...options, ...(bad as object) })
  await expect(opening).rejects.toMatchObject({ code: 'invalid-argument' })
  await expect(opening).rejects.toThrow(Object.keys(bad)[0])
})

test.each(['session', [7], [null], {}])(
  'kinds: %j is no list of kinds: it is refused, and not taken for none',
  async kinds => {
    const [scopes] = await processes(1)
    const wrong = { kinds } as never
    expect(() => scopes.changes(wrong)).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
    expect(() => scopes.feed(wrong)).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
  },
)

test('openScopes without options rejects with an own error', async () => {
  await expect(openScopes(undefined as never)).rejects.toMatchObject({ code: 'invalid-argument' })
})

test.each<[unknown, string]>([
  [undefined, 'undefined'],
  ['session', '"session"'],
  [{ kind: 'session', initial: () => ({}) }, 'options of it'],
])('a definition that is none, %j, is refused by an own error that says what is taken', async (bad, shown) => {
  const [scopes] = await processes(1)
  const message = `takes what defineScope has returned, not ${shown}.`
  const definition = bad as never
  await expect(scopes.open(definition, 's1')).rejects.toThrow(`open ${message}`)
  await expect(scopes.list(definition)).rejects.toThrow(`list ${message}`)
  await expect(scopes.endAll(definition, {} as never)).rejects.toThrow(`endAll ${message}`)
  expect(() => scopes.onEnd(definition, () => {})).toThrow(`onEnd ${message}`)
  await expect(scopes.open(definition, 's1')).rejects.toMatchObject({ code: 'invalid-argument' })
})

test('what is misspelt for open, and an id where create takes options, is refused', async () => {
  const [scopes] = await processes(1)
  const opening = scopes.open(Session, 's1', { atleast: 'x' } as never)
  await expect(opening).rejects.toMatchObject({ code: 'invalid-argument' })
  await expect(opening).rejects.toThrow('"atleast"')
  await expect(scopes.open(Session, 's1', null as never)).rejects.toMatchObject({ code: 'invalid-argument' })
  expect(() => scopes.create(Session, 's1' as never)).toThrow('not "s1"')
})

test.each<[unknown, string]>([
  [null, 'null'],
  [5, '5'],
  [{ attempt: 3 }, '"attempt"'],
  [{ attempts: '3' }, 'attempts is "3"'],
  [{ attempts: 0 }, 'attempts is 0'],
  [{ signal: {} }, 'signal is an object'],
  [{ onConflict: 'merg' }, '"merg"'],
])('%j as options of a write is refused by a rejection that shows it, and nothing is written', async (bad, shown) => {
  const [scopes, other] = await processes(2)
  const session = await scopes.open(Session, 's1')
  const work = session.draft()
  work.value.hits = 1
  for (const writing of [session.update(draft => void draft.hits++, bad as never), work.commit(bad as never)]) {
    await expect(writing).rejects.toMatchObject({ code: 'invalid-argument', outcome: 'none' })
    await expect(writing).rejects.toThrow(shown)
  }
  expect((await other?.open(Session, 's1'))?.isStored).toBe(false)
  // The draft is still there.
  await work.commit()
  expect(session.value.hits).toBe(1)
})

test('a recipe that is none is refused by a rejection', async () => {
  const [scopes] = await processes(1)
  const session = await scopes.open(Session, 's1')
  await expect(session.update({ hits: 1 } as never)).rejects.toThrow('not an object')
})

test('a request that is no text is refused before anything is written', async () => {
  const [one, two] = await processes(2)
  const bad = { request: 42 } as never
  await expect(one.open(Session, 's1', bad)).rejects.toMatchObject({ code: 'invalid-argument' })
  expect(() => one.create(Session, bad)).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
  await expect((await one.open(Session, 's1')).end(42 as never)).rejects.toMatchObject({ code: 'invalid-argument' })
  expect((await two?.open(Session, 's1'))?.isStored).toBe(false)
})
