import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { idAt, knownIds } from '../../src/document/commit-ids.ts'
import { compact, mustCompact } from '../../src/document/compaction.ts'
import { decodeDocument } from '../../src/document/decode.ts'
import type { Encoded } from '../../src/document/encode.ts'
import type { LiveDocument } from '../../src/document/scope-document.ts'
import { anyChange, anyState } from './any-values.ts'
import { comparable } from './comparable.ts'
import { propertySettings } from './property-settings.ts'
import { type Change, changed, created, deadline, largeState, plainFacts } from './sample-documents.ts'

const renewed = deadline + 1800
/** A state beside which a tail is short in bytes. */
const wide = { blob: 'x'.repeat(10_000) }

/** A document after so many commits that each set a counter, with `bytes` more in each of them. */
function counted(commits: number, bytes = 0, state: object = {}): Encoded<LiveDocument> {
  const value = (count: number): unknown => (bytes ? { count, filler: 'x'.repeat(bytes) } : count)
  const changes = Array.from({ length: commits }, (_, index): Change => ({ key: 'count', value: value(index) }))
  return changed(created({ ...state }), changes)
}

describe('a compaction', () => {
  test('keeps state, version, commit id, facts and the states of the frames that stay; the old bytes are left alone', () => {
    fc.assert(
      fc.property(anyState, fc.array(anyChange, { maxLength: 80 }), (state, changes) => {
        const facts = { ...plainFacts, isProvisional: true, lifetime: { idleMs: 5 }, rest: { later: { idle: 5 } } }
        const { bytes, document } = changed(created(state, facts), changes)
        const before = Buffer.from(bytes).toString('hex')
        const framesBefore = document.tail.map(({ frame }) => Buffer.from(frame).toString('hex'))

        const compacted = compact({ document, deadline: renewed })
        const decoded = decodeDocument(compacted.bytes) as LiveDocument

        expect(comparable(decoded)).toEqual(comparable(compacted.document))
        expect(decoded).toMatchObject({ version: document.version, commitId: document.commitId, life: document.life })
        expect(decoded.state).toEqual(document.state)
        expect(decoded.facts).toEqual(facts)
        for (const record of decoded.tail) {
          const { frame, newValues, ...said } = record
          const { frame: oldFrame, newValues: oldNewValues, ...saidBefore } = recordOf(document, record.version)
          expect(said).toEqual(saidBefore)
          expect(newValues.size).toBe(oldNewValues.size)
          expect(Buffer.from(frame.subarray(48))).toEqual(Buffer.from(oldFrame.subarray(48)))
        }
        expect(Buffer.from(bytes).toString('hex')).toBe(before)
        expect(document.tail.map(({ frame }) => Buffer.from(frame).toString('hex'))).toEqual(framesBefore)
      }),
      propertySettings(40),
    )
  })

  test('gives every frame the new deadline', () => {
    const { document } = counted(20)
    const { bytes } = compact({ document, deadline: renewed })
    const decoded = decodeDocument(bytes) as LiveDocument
    expect(decoded.tail.length).toBeGreaterThan(5)
    const deadlines = [bytes, ...decoded.tail.map(({ frame }) => frame)].map(frame =>
      Buffer.from(frame).readUInt32BE(40),
    )
    expect(new Set(deadlines)).toEqual(new Set([renewed]))
    expect(decoded.deadline).toBe(renewed)
  })

  test('without a deadline writes 0', () => {
    const { bytes } = compact({ document: counted(3).document, deadline: 0 })
    expect(decodeDocument(bytes)).toMatchObject({ deadline: 0 })
  })

  test('of short commits leaves the newest 32 frames', () => {
    const { document } = compact({ document: counted(100, 0, wide).document, deadline })
    expect(document).toMatchObject({ version: 101, snapshotVersion: 69 })
    expect(document.tail).toHaveLength(32)
  })

  test('leaves frames of at most half of what a tail may have, by the size of the new snapshot', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 80 }),
        fc.integer({ min: 0, max: 3000 }),
        fc.constantFrom({}, largeState(), wide),
        (commits, bytes, state) => {
          const { document } = counted(commits, bytes, state)
          const { document: compacted } = compact({ document, deadline })
          expect(compacted.tailBytes).toBeLessThanOrEqual(Math.max(4096, compacted.snapshotBytes) / 2)
          expect(compacted.tail.length).toBeLessThanOrEqual(32)
          expect(mustCompact(compacted, 0, 0)).toBe(false)
        },
      ),
      propertySettings(30),
    )
  })

  test('leaves few frames behind a snapshot that has shrunk', () => {
    const grown = created({ blob: 'x'.repeat(100_000) })
    const emptied = changed(grown, [{ key: 'blob', value: undefined }])
    const long = changed(
      emptied,
      Array.from({ length: 40 }, (_, at) => ({ key: 'a', value: 'y'.repeat(700 + at) })),
    )
    const { document } = compact({ document: long.document, deadline })
    expect(document.snapshotBytes).toBeLessThan(4096)
    expect(document.tail).toHaveLength(2)
  })

  test('leaves no frame that alone is too long', () => {
    const { document } = compact({ document: counted(3, 3000).document, deadline })
    expect(document).toMatchObject({ snapshotVersion: 4, tail: [], tailBytes: 0 })
    expect(document.snapshotState).toBe(document.state)
  })

  test('states the schema version that the state in the snapshot has', () => {
    const old = changed(created(wide), [{ key: 'a', value: 1 }], 1)
    const upgraded = changed(
      old,
      Array.from({ length: 20 }, (_, at) => ({ key: 'a', value: at })),
      2,
    )
    const longer = changed(
      upgraded,
      Array.from({ length: 20 }, (_, at) => ({ key: 'a', value: at })),
      3,
    )
    const { document } = compact({ document: longer.document, deadline })
    expect(document.snapshotVersion).toBe(10)
    expect(document.facts.schemaVersion).toBe(2)
    expect(document.tail.at(-1)?.schemaVersion).toBe(3)
  })
})

describe('the ids after a compaction', () => {
  test('name at least the last 33 versions up to the snapshot and all that follow', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 90 }), fc.integer({ min: 0, max: 400 }), (commits, bytes) => {
        const { document } = counted(commits, bytes)
        const decoded = decodeDocument(compact({ document, deadline }).bytes) as LiveDocument
        const reach = Math.min(document.version, decoded.tail.length + 33)
        expect(knownIds(decoded)).toBeGreaterThanOrEqual(reach)
        for (let version = document.version - reach + 1; version <= document.version; version++) {
          expect(idAt(decoded, version)).toBe(idAt(document, version))
        }
      }),
      propertySettings(30),
    )
  })

  test('name each commit of a request, however many it brings (C5 keep-ids, keep-own-ids)', () => {
    const { document } = counted(250, 100)
    const { document: compacted } = compact({ document, deadline })
    for (const { version, commitId } of document.tail) expect(idAt(compacted, version)).toBe(commitId)
    expect(idAt(compacted, 1)).toBe(idAt(document, 1))
  })

  test('are 33 again in the next compaction', () => {
    const many = compact({ document: counted(250, 100).document, deadline })
    const { document } = compact({ document: changed(many, [{ key: 'a', value: 1 }]).document, deadline })
    expect(document.snapshotIds).toHaveLength(33)
  })

  test('name the version before the oldest frame that is left (replica protocol, ids)', () => {
    const { document } = compact({ document: counted(64, 0, wide).document, deadline })
    expect(document.tail).toHaveLength(32)
    expect(idAt(document, document.snapshotVersion)).toBeDefined()
  })
})

describe('a document must be compacted', () => {
  test('when its tail would have more than 64 frames', () => {
    const { document } = counted(60, 0, wide)
    expect(mustCompact(document, 80, 4)).toBe(false)
    expect(mustCompact(document, 80, 5)).toBe(true)
  })

  test('when its tail would have more than 4 KiB, where the snapshot is smaller', () => {
    const { document } = counted(4, 200)
    expect(mustCompact(document, 4096 - document.tailBytes, 1)).toBe(false)
    expect(mustCompact(document, 4097 - document.tailBytes, 1)).toBe(true)
  })

  test('when its tail would have more bytes than a larger snapshot', () => {
    const { document } = counted(4, 200, wide)
    expect(mustCompact(document, document.snapshotBytes - document.tailBytes, 1)).toBe(false)
    expect(mustCompact(document, document.snapshotBytes - document.tailBytes + 1, 1)).toBe(true)
  })
})

function recordOf(document: LiveDocument, version: number): LiveDocument['tail'][number] {
  const record = document.tail.find(candidate => candidate.version === version)
  if (record === undefined) throw new Error(`There is no frame of version ${version}.`)
  return record
}
