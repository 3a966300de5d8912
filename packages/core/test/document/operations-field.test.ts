import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeDocument } from '../../src/document/decode.ts'
import { appendCommits, createDocument, encodeCommit } from '../../src/document/encode.ts'
import { drawCommitId } from '../../src/document/ids.ts'
import { compact } from '../../src/document/compaction.ts'
import type { CommitId, CommitRecord, Life, LiveDocument } from '../../src/document/scope-document.ts'
import type { Operation, OperationPath } from '../../src/draft/operation.ts'
import { addToSet, append, inc, moveBy } from '../../src/draft/operations.ts'
import { type Recorded, record } from '../../src/draft/record.ts'
import { UnreadableDocumentError } from '../../src/errors.ts'
import { captureRoot } from '../../src/value/plain-data.ts'
import { anyValue } from './any-values.ts'
import { comparable } from './comparable.ts'
import { double, joined, list, nil, object, text, writeByHand } from './hand-writer.ts'
import { propertySettings } from './property-settings.ts'
import { created, plainFacts } from './sample-documents.ts'

const life = '00112233445566ff' as Life
const ids = ['11'.repeat(16), '22'.repeat(16)] as const
const hits = object(0x40, {
  state: object(0x41, { hits: [7] }),
  ids: [0xc4, 16, ...Array.from({ length: 16 }, () => 0x11)],
  schemaVersion: [1],
  createdAt: double(1),
})
const snapshot = writeByHand({ kind: 1, life, version: 1n, commitId: ids[0], payload: hits })
const setHits = list([2], text('hits'), list([0], [8]))

/** A document whose only commit has this in the place of its ops. */
function withOps(ops: readonly number[], ...later: readonly (readonly number[])[]): Uint8Array {
  const payload = list([1], [1], double(1), list(text('p')), setHits, ops, ...later)
  return joined(snapshot, writeByHand({ kind: 2, life, version: 2n, commitId: ids[1], payload }))
}

function opsIn(bytes: Uint8Array): readonly Operation[] | undefined {
  return (decodeDocument(bytes) as LiveDocument).tail[0]?.ops
}

describe('the ops of a commit frame', () => {
  test('are those of SPEC.md', () => {
    const frame = encodeCommit({
      life,
      version: 2,
      commitId: ids[1] as CommitId,
      deadline: 0,
      baseVersion: 1,
      schemaVersion: 1,
      at: 1,
      origin: { process: 'p' },
      diff: [2, 'hits', [0, 8]],
      ops: [{ name: 'inc', path: ['cart', { sku: 'A' }, 'n'], args: [1] }],
    })
    const packed = list(list(text('inc'), list(text('cart'), object(0x40, { sku: text('A') }), text('n')), [1]))
    const payload = list([1], [1], [1], list(text('p')), setHits, packed)
    expect([...frame]).toEqual([...writeByHand({ kind: 2, life, version: 2n, commitId: ids[1], payload })])
  })

  test('are none where the element is nil or absent, and may be followed by elements that nobody knows', () => {
    expect(opsIn(withOps(nil))).toEqual([])
    expect(opsIn(withOps(nil, list(text('lock'), [9]), [1]))).toEqual([])
    expect(opsIn(withOps(list(list(text('inc'), list(text('hits')), [1])), list(text('lock'), [9])))).toEqual([
      { name: 'inc', path: ['hits'], args: [1] },
    ])
  })

  test('are shown as they are when their name is not known: nobody needs them to know the state', () => {
    const bytes = withOps(
      list(list(text('multiply'), list(text('hits'), nil, [0xc3], object(0x40, { a: [0xc2] })), [2])),
    )
    expect(opsIn(bytes)).toEqual([{ name: 'multiply', path: ['hits', null, true, { a: false }], args: [2] }])
    expect((decodeDocument(bytes) as LiveDocument).state).toEqual({ hits: 8 })
  })

  test('are frozen', () => {
    const [op] = opsIn(withOps(list(list(text('append'), list(text('hits')), object(0x40, { x: list() }))))) ?? []
    expect(Object.isFrozen(op) && Object.isFrozen(op?.path) && Object.isFrozen(op?.args)).toBe(true)
    const value = op?.args[0] as { readonly x: object } | undefined
    expect(value).toEqual({ x: [] })
    expect(Object.isFrozen(value) && Object.isFrozen(value?.x)).toBe(true)
  })

  const op = (...fields: readonly (readonly number[])[]): readonly number[] => list(list(...fields))
  test.each<[string, readonly number[]]>([
    ['no list', [1]],
    ['a text', text('inc')],
    ['an object', object(0x40, { inc: [1] })],
    ['an op that is no list', list([1])],
    ['an op without a name', list(list())],
    ['a name that is no text', op([1], list(text('hits')), [1])],
    ['an op without a path', op(text('inc'))],
    ['a path that is no list', op(text('inc'), text('hits'), [1])],
    ['an empty path', op(text('inc'), list(), [1])],
    ['a step that is a list', op(text('inc'), list(list(text('hits'))), [1])],
    ['an element by no property', op(text('inc'), list(text('cart'), object(0x40, {})), [1])],
    ['an element by two properties', op(text('inc'), list(text('cart'), object(0x40, { a: [1], b: [2] })), [1])],
    [
      'an element by an object',
      op(text('inc'), list(text('cart'), object(0x40, { a: object(0x41, { b: [2] }) })), [1]),
    ],
    ['a reserved key in the path', op(text('inc'), list(text('constructor')), [1])],
    ['a reserved property', op(text('inc'), list(text('cart'), object(0x40, { prototype: [1] })), [1])],
    ['a reserved key in a value', op(text('append'), list(text('log')), object(0x40, { constructor: [1] }))],
  ])('refused: %s', (_, ops) => {
    expect(() => decodeDocument(withOps(ops))).toThrow(UnreadableDocumentError)
  })

  test('come back as they were written, whatever their values, from an append and from a compaction', () => {
    const name = fc.constantFrom('inc', 'append', 'addToSet', 'removeFromSet', 'moveBy')
    const key = fc.constantFrom('a', 'b.c', 'é', '')
    const element = fc.tuple(key, fc.oneof(fc.string(), fc.integer(), fc.bigInt(), fc.boolean()))
    const segment = fc.oneof(
      key,
      fc.constantFrom(1, 1n, true, null),
      element.map(([property, value]) => ({ [property]: value })),
    )
    const anyOperation = fc.record<Operation>({
      name,
      path: fc.array(segment, { minLength: 1, maxLength: 4 }) as fc.Arbitrary<OperationPath>,
      args: fc.array(anyValue, { maxLength: 3 }),
    })
    fc.assert(
      fc.property(fc.array(anyOperation, { maxLength: 4 }), ops => {
        const { document, bytes } = created({ n: 1 })
        const commit = commitOn(document, { diff: [2, 'n', [0, 2]], ops, state: { n: 2 }, newValues: new Set() })
        const grown = appendCommits(document, [commit])
        const read = decodeDocument(joined(bytes, commit.frame)) as LiveDocument
        expect(comparable(read)).toEqual(comparable(grown))
        const compacted = compact({ document: grown, deadline: 77 })
        expect((decodeDocument(compacted.bytes) as LiveDocument).tail[0]?.ops).toEqual(ops)
      }),
      propertySettings(100),
    )
  })
})

test('a reader of several commits with ops folds their diffs, and has the state and the ops of the writer', () => {
  let { document, bytes } = createDocument({
    life,
    commitId: drawCommitId(),
    deadline: 0,
    state: captureRoot({ hits: 0, log: [], tags: new Set(['a']), cart: [{ sku: 'A', n: 1 }, { sku: 'B', n: 1 }] }), // prettier-ignore
    facts: plainFacts,
  })
  const recipes = [
    (draft: Record<string, unknown>) => inc(draft, 'hits', 3),
    (draft: Record<string, unknown>) => append(draft, 'log', { at: new Date(5) }, new Uint8Array([1])),
    (draft: Record<string, unknown>) => addToSet(draft, 'tags', 'a', 'b'),
    (draft: Record<string, unknown>) => {
      moveBy(draft, 'cart', 'sku', 'B', 0)
      inc(draft, ['cart', { sku: 'A' }, 'n'], 0.5)
    },
  ]
  for (const recipe of recipes) {
    const recorded = record(document.state, recipe)
    if (recorded === undefined) throw new Error('each changes something')
    const commit = commitOn(document, recorded)
    document = appendCommits(document, [commit])
    bytes = joined(bytes, commit.frame)
  }
  expect(comparable(decodeDocument(bytes) as LiveDocument)).toEqual(comparable(document))
  expect(document.tail.flatMap(({ ops }) => ops.map(({ name }) => name))).toEqual(['inc', 'append', 'addToSet', 'moveBy', 'inc']) // prettier-ignore
  expect(document.state).toMatchObject({ hits: 3, cart: [{ sku: 'B', n: 1 }, { sku: 'A', n: 1.5 }] }) // prettier-ignore
})

function commitOn(document: LiveDocument, { diff, ops, state, newValues }: Recorded): CommitRecord {
  const { version, deadline } = document
  const origin = { process: 'p' }
  const fields = {
    commitId: drawCommitId(),
    version: version + 1,
    baseVersion: version,
    schemaVersion: 1,
    at: 5,
    origin,
  }
  const frame = encodeCommit({ ...fields, life: document.life, deadline, diff, ops })
  return { ...fields, diff, ops, state, newValues, frame }
}
