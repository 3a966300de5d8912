import { describe, expect, test } from 'vitest'
import type { Stamp } from '../../src/document/stamp.ts'
import { freshnessInAnswer, freshnessInMemory } from '../../src/feed/freshness.ts'
import { type Slot, onRolledBack, openSlot, positionOf } from '../../src/feed/slot.ts'
import type { ScopeDocument } from '../../src/document/scope-document.ts'
import { ended, idOf, lifeOf, live } from './lettered-documents.ts'

/** The stamp of the last of these commits. */
function stampAt(letters: string, life = 1): Stamp {
  return { life: lifeOf(life), version: letters.length, shortId: idOf(letters.at(-1) ?? '').slice(0, 8) }
}

function standing(document: ScopeDocument): Slot {
  return { ...openSlot(), position: positionOf(document) }
}

function inMemory(document: ScopeDocument, stamp: Stamp): unknown {
  return freshnessInMemory(standing(document), document, stamp)
}

function answered(document: ScopeDocument | undefined, stamp: Stamp): unknown {
  return freshnessInAnswer(document, document, stamp)
}

describe('from memory only what is certain', () => {
  test('contained, when the value holds the commit, as the newest or below it', () => {
    expect(inMemory(live('ab'), stampAt('ab'))).toBe('contained')
    expect(inMemory(live('abc'), stampAt('ab'))).toBe('contained')
  })

  test('the store is asked for what memory does not have yet', () => {
    expect(inMemory(live('a'), stampAt('ab'))).toBeUndefined()
  })

  test('stamp-id: another commit of the same version is not contained, however high the version', () => {
    // W→ab; crash−1; W→ac, stamp of c; P holds the dead ab.
    expect(inMemory(live('ab'), stampAt('ac'))).toBeUndefined()
    expect(inMemory(live('abde'), stampAt('ac'))).toBeUndefined()
  })

  test('stamp-life: a stamp of another life is decided by the store, also when the held life is over', () => {
    expect(inMemory(live('a'), stampAt('x', 2))).toBeUndefined()
    expect(inMemory(ended('aZ'), stampAt('x', 2))).toBeUndefined()
  })

  test('ended, when the end of that very life was seen', () => {
    expect(inMemory(ended('aZ'), stampAt('a'))).toBe('ended')
    const position = { ...positionOf(live('a')), isEnded: true }
    expect(freshnessInMemory({ ...openSlot(), position }, undefined, stampAt('a'))).toBe('ended')
  })

  test('stamp-window: beyond the ids that the document names the store is asked', () => {
    expect(inMemory(live('abcdef', { frames: 1, named: 2 }), stampAt('ab'))).toBeUndefined()
  })

  test('nothing, while what is held is not proven, or nothing is', () => {
    const slot = onRolledBack(standing(live('ab')))
    expect(freshnessInMemory(slot, live('ab'), stampAt('ab'))).toBeUndefined()
    expect(freshnessInMemory(openSlot(), undefined, stampAt('ab'))).toBeUndefined()
  })
})

describe('of an answer that was asked for after the last fold', () => {
  test('contained', () => {
    expect(answered(live('ab'), stampAt('ab'))).toBe('contained')
    expect(answered(live('abc'), stampAt('ab'))).toBe('contained')
  })

  test('lost, when the version is lower or another commit stands there', () => {
    expect(answered(live('a'), stampAt('ab'))).toBe('lost')
    expect(answered(live('acd'), stampAt('ab'))).toBe('lost')
  })

  test('ended, when there is nothing, an end marker, or another life', () => {
    expect(answered(undefined, stampAt('a'))).toBe('ended')
    expect(answered(ended('aZ'), stampAt('a'))).toBe('ended')
    expect(answered(live('x', { life: 2 }), stampAt('a'))).toBe('ended')
  })

  test('ended too, when that life is stored, but its end was seen here', () => {
    expect(freshnessInAnswer(live('a'), undefined, stampAt('a'))).toBe('ended')
    expect(freshnessInAnswer(live('a'), live('x', { life: 2 }), stampAt('a'))).toBe('ended')
  })

  test('stamp-window: unknown, when the document no longer names a commit that old', () => {
    expect(answered(live('abcdef', { frames: 1, named: 2 }), stampAt('ab'))).toBe('unknown')
  })
})
