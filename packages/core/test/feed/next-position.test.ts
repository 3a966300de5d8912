import { expect, test } from 'vitest'
import { nextPosition, positionOf, type Position } from '../../src/feed/slot.ts'
import { live } from '../commit/documents.ts'

const letters = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ']

test('a position made from the one before is the one that the document gives', () => {
  let position: Position | undefined
  for (let version = 1; version <= letters.length; version++) {
    const document = live(letters.slice(0, version).join(''))
    position = nextPosition(position, document)
    expect(position).toEqual(positionOf(document))
  }
})

test('another history, another life and a gap are not continued', () => {
  const before = positionOf(live('ab'))
  for (const document of [live('axc'), live('abc', 'L2'), live('abcd')]) {
    expect(nextPosition(before, document)).toEqual(positionOf(document))
  }
})
