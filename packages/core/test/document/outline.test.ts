import fc from 'fast-check'
import { expect, test } from 'vitest'
import { unclaimed } from '../../src/document/delivery.ts'
import { idAt } from '../../src/document/commit-ids.ts'
import { compact } from '../../src/document/compaction.ts'
import { encodeEnd } from '../../src/document/encode.ts'
import { drawCommitId } from '../../src/document/ids.ts'
import { outlineOf } from '../../src/document/outline.ts'
import type { ScopeDocument } from '../../src/document/scope-document.ts'
import { anyChange, anyState } from './any-values.ts'
import { propertySettings } from './property-settings.ts'
import { changed, created, deadline } from './sample-documents.ts'

function expectOutline(bytes: Uint8Array, document: ScopeDocument): void {
  const outline = outlineOf(bytes)
  expect(outline).toMatchObject({
    isEnded: document.type === 'ended',
    life: document.life,
    version: document.version,
    commitId: document.commitId,
    deadline: document.deadline,
  })
  for (let version = -1; version <= document.version + 1; version++) {
    expect(outline?.idAt(version)).toBe(idAt(document, version))
  }
}

test('an outline says what the decoded document says, of every version', () => {
  const changes = fc.array(anyChange, { maxLength: 40 })
  fc.assert(
    fc.property(anyState, changes, changes, (state, before, after) => {
      const encoded = changed(compact({ document: changed(created(state), before).document, deadline }), after)
      expectOutline(encoded.bytes, encoded.document)
      const end = encodeEnd({
        document: encoded.document,
        commitId: drawCommitId(),
        reason: 'ended',
        detail: undefined,
        at: 1_700_000_000_000,
        deadline,
        delivery: unclaimed,
        next: undefined,
        keepState: true,
      })
      expectOutline(end.bytes, end.document)
    }),
    propertySettings(60),
  )
})

test('what is no scope has no outline', () => {
  const { bytes } = changed(created({ a: 1 }), [{ key: 'a', value: 2 }])
  expect(outlineOf(new Uint8Array())).toBeUndefined()
  expect(outlineOf(bytes.subarray(0, bytes.length - 1))).toBeUndefined()
  expect(outlineOf(bytes.subarray(1))).toBeUndefined()
})

test('of a damaged payload the old ids are not named, and nothing throws', () => {
  const { bytes, document } = compact({
    document: changed(
      created({}),
      Array.from({ length: 40 }, (_, value) => ({ key: 'a', value })),
    ).document,
    deadline,
  })
  const damaged = Uint8Array.from(bytes).fill(0xc1, 48, 60)
  expect(idAt(document, document.snapshotVersion - 1)).toBeDefined()
  expect(outlineOf(damaged)?.idAt(document.snapshotVersion - 1)).toBeUndefined()
  expect(outlineOf(damaged)?.idAt(document.version)).toBe(document.commitId)
})
