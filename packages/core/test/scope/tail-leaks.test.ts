import { expect, test } from 'vitest'
import { heapUsed } from './collect-garbage.ts'
import { Session, processes } from './fixture.ts'

test('a scope that is held keeps the states of its newest commits, not of all that its document has as frames', async () => {
  const [scopes] = await processes(1)
  const session = await scopes.open(Session, 's1')
  const states: WeakRef<object>[] = []
  // Fewer than are compacted.
  for (let count = 0; count < 30; count++) {
    await session.update(draft => void draft.hits++)
    states.push(new WeakRef(session.value))
  }
  await heapUsed()
  expect(session.history()).toHaveLength(29)
  const held = states.filter(state => state.deref() !== undefined)
  expect(held.length).toBeLessThan(20)
  expect(session.at(2).hits).toBe(2)
  await scopes.close()
})
