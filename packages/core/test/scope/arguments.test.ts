import { expect, test } from 'vitest'
import { memoryStore, openScopes } from '../../src/index.ts'
import { Session, processes } from './fixture.ts'

const options = { application: 'shop', store: memoryStore() }

test.each([
  { application: 'a:b' },
  { backup: 'later' },
  { cluster: 'yes' },
  { cluster: null },
  { cluster: { session: 'no' } },
  { process: 7 },
  { commitTimeoutMs: 0 },
  { openTimeoutMs: 2 ** 31 },
])('openScopes refuses %j and names the option', async bad => {
  const opening = openScopes({ ...options, ...(bad as object) })
  await expect(opening).rejects.toMatchObject({ code: 'invalid-argument' })
  await expect(opening).rejects.toThrow(Object.keys(bad)[0])
})

test('a request that is no text is refused before anything is written', async () => {
  const [one, two] = await processes(2)
  const bad = { request: 42 } as never
  await expect(one.open(Session, 's1', bad)).rejects.toMatchObject({ code: 'invalid-argument' })
  expect(() => one.create(Session, bad)).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
  await expect((await one.open(Session, 's1')).end(42 as never)).rejects.toMatchObject({ code: 'invalid-argument' })
  expect((await two?.open(Session, 's1'))?.isStored).toBe(false)
})
