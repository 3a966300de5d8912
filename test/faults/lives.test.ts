import { memoryStore, openScopes } from '@scopes/core'
import { faultStore, manualClock } from '@scopes/testing'
import { expect, test } from 'vitest'
import { Journal, add } from './journal.ts'

test('a commit to a living scope is not refused because an answer about an earlier life was long on its way', async () => {
  const clock = manualClock()
  const inner = memoryStore({ clock })
  const faulty = faultStore(inner, { clock })
  const a = await openScopes({ application: 'shop', reaper: false, store: faulty, clock })
  const b = await openScopes({ application: 'shop', reaper: false, store: inner, clock })
  await add(b, 'first life')
  const before = await a.open(Journal, 'j')
  // A is refused, and asks what is there: the answer is still about the first life when the second has begun.
  await add(b, 'faster')
  faulty.faults.next({ operation: 'load', fault: 'delay-answer', delayMs: 50 })
  const late = before.update(draft => void draft.entries.push('late'))
  await clock.advance(1)
  await (await b.open(Journal, 'j')).end()
  await add(b, 'second life')
  const after = await a.open(Journal, 'j')
  expect(after.value.entries).toEqual(['second life'])
  const living = after.update(draft => void draft.entries.push('living'))
  await Promise.all([expect(late).rejects.toMatchObject({ code: 'ended', outcome: 'none' }), clock.advance(100)])
  expect(await living).toMatchObject({ version: 2 })
})
