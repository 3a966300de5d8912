import { expect, test } from 'vitest'
import { observe } from '../../src/feed/fold.ts'
import { openSlot } from '../../src/feed/slot.ts'
import { ended, lifeOf, live, seen, tokenOf } from './lettered-documents.ts'

test('fence: the marker of an end of which only the life is remembered says why it ended, and so does its later state', () => {
  const remembered = { ...openSlot(), fenced: [lifeOf(1)], token: tokenOf(20) }
  const asked = { epoch: remembered.epoch, revision: remembered.revision, at: 0 }
  const read = observe(remembered, seen(ended('aZ'), 20), 'read', asked)
  expect(read).toMatchObject({ changes: [], shown: { document: { type: 'ended' } } })
  const later = observe(read.slot, seen(ended('aZ'), 30), 'feed')
  expect(later).toMatchObject({ changes: [], shown: { token: 30n, document: { type: 'ended' } } })
  const alive = observe(later.slot, seen(live('ab'), 40), 'feed')
  expect(alive).toMatchObject({ changes: [], shown: undefined, endAgain: { token: 40n } })
})
