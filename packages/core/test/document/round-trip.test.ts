import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { delivered, unclaimed } from '../../src/document/delivery.ts'
import { decodeDocument } from '../../src/document/decode.ts'
import { createDocument, encodeEnd } from '../../src/document/encode.ts'
import { drawCommitId, drawLife } from '../../src/document/ids.ts'
import type { State } from '../../src/value/plain-data.ts'
import type { Life, LiveDocument } from '../../src/document/scope-document.ts'
import { anyChange, anyState, anyValue } from './any-values.ts'
import { comparable } from './comparable.ts'
import { propertySettings } from './property-settings.ts'
import { type Change, changed, created, deadline, largeState, plainFacts } from './sample-documents.ts'

const anyRest = fc.dictionary(fc.constantFrom('earlier', 'later'), anyValue, { noNullPrototype: true })
const anyLimit = fc.maxSafeNat()
const anyLifetime = fc.record({ idleMs: anyLimit, absoluteMs: anyLimit }, { requiredKeys: [], noNullPrototype: true })

describe('what is written is what is read', () => {
  test('a living scope: states, commits, ids, sizes and facts', () => {
    fc.assert(
      fc.property(
        anyState,
        fc.array(anyChange, { maxLength: 12 }),
        anyRest,
        anyLifetime,
        (state, changes, rest, lifetime) => {
          const facts = { ...plainFacts, isProvisional: true, lifetime, rest }
          const { bytes, document } = changed(created(state, facts), changes)
          const decoded = decodeDocument(bytes)
          expect(comparable(decoded as LiveDocument)).toEqual(comparable(document))
          expect(decoded).toMatchObject({ state: applied(state, changes) })
        },
      ),
      propertySettings(60),
    )
  })

  test('keys keep their order, new ones come last', () => {
    fc.assert(
      fc.property(anyState, fc.array(anyChange, { maxLength: 12 }), (state, changes) => {
        const decoded = decodeDocument(changed(created(state), changes).bytes) as LiveDocument
        expect(Object.keys(decoded.state)).toEqual(Object.keys(applied(state, changes)))
      }),
      propertySettings(60),
    )
  })

  test('an end marker, with and without its state', () => {
    fc.assert(
      fc.property(
        anyState,
        fc.record({
          keepState: fc.boolean(),
          isRotated: fc.boolean(),
          detail: fc.option(fc.string(), { nil: undefined }),
        }),
        (state, { keepState, isRotated, detail }) => {
          const { document } = changed(created(state), [{ key: 'a', value: 1 }])
          const end = encodeEnd({
            document,
            commitId: drawCommitId(),
            deadline,
            reason: isRotated ? 'rotated' : 'expired',
            detail,
            at: 1_700_000_000_000,
            delivery: isRotated ? delivered : unclaimed,
            next: isRotated ? drawLife() : undefined,
            keepState,
          })
          expect(decodeDocument(end.bytes)).toEqual(end.document)
          expect(end.document).toMatchObject({ version: 3, state: keepState ? document.state : undefined })
        },
      ),
      propertySettings(60),
    )
  })

  test('the origin of a copy', () => {
    const from = { life: 'a0b1c2d3e4f50617' as Life, version: 4_000_000_000 }
    const { bytes, document } = createDocument({
      life: drawLife(),
      commitId: drawCommitId(),
      deadline: 0,
      state: {},
      facts: { ...plainFacts, isProvisional: true, from },
    })
    expect((decodeDocument(bytes) as LiveDocument).facts).toEqual(document.facts)
  })
})

test('every state of a decoded document is frozen, at any depth', () => {
  const nested = { list: [{ map: new Map([['k', { deep: [1] }]]) }], later: 1 }
  const changes = [{ key: 'more', value: { inner: { list: [1, { two: 2 }] } } }]
  const decoded = decodeDocument(changed(created(nested), changes).bytes) as LiveDocument
  expect(unfrozen(decoded.state)).toEqual([])
  expect(unfrozen(decoded.snapshotState)).toEqual([])
  expect(() => (decoded.state['list'] as unknown[]).push(1)).toThrow(TypeError)
})

test('a commit that changes one number of a large session appends less than 300 bytes', () => {
  const before = created({ ...largeState(), hits: 1 })
  const after = changed(before, [{ key: 'hits', value: 2 }])
  expect(after.bytes.length - before.bytes.length).toBeLessThan(150)
})

test('the records of a decoded document are views on its bytes, in the order of the document', () => {
  const { bytes, document } = changed(created({ a: 1 }), [
    { key: 'a', value: 2 },
    { key: 'b', value: 3 },
  ])
  const { tail, snapshotBytes } = decodeDocument(bytes) as LiveDocument
  expect(Buffer.concat(tail.map(({ frame }) => frame))).toEqual(Buffer.from(bytes.subarray(snapshotBytes)))
  expect(tail.map(({ commitId }) => commitId)).toEqual(document.tail.map(({ commitId }) => commitId))
})

test('containers that a commit put in are known as new values, whether it is folded or read', () => {
  const { bytes, document } = changed(created({ a: { x: 1 } }), [{ key: 'a', value: { x: 2, inner: [1] } }])
  const { tail } = decodeDocument(bytes) as LiveDocument
  expect([...(tail[0]?.newValues ?? [])]).toContain(tail[0]?.state['a'])
  expect(tail[0]?.newValues.size).toBe(document.tail[0]?.newValues.size)
})

/** The changes by plain assignment. */
function applied(state: State, changes: readonly Change[]): State {
  const result: Record<string, unknown> = { ...state }
  for (const { key, value } of changes) {
    if (value === undefined) delete result[key]
    else result[key] = value
  }
  return result
}

function unfrozen(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return []
  const inner = value instanceof Map ? [...value.values()] : Object.values(value)
  return [...(Object.isFrozen(value) ? [] : [value]), ...inner.flatMap(unfrozen)]
}
