import { describe, expect, test } from 'vitest'
import { schemaVersions } from '../../src/definition/schema-version.ts'
import {
  InvalidArgumentError,
  InvalidStateError,
  type ScopeDefinition,
  UnreadableDocumentError,
  defineScope,
} from '../../src/index.ts'
import { type State, captureRoot } from '../../src/value/plain-data.ts'

const same = (state: object): object => state
const declare = (options: object): ScopeDefinition =>
  defineScope({ kind: 'session', initial: () => ({ n: 0 }), ...options })

test.each<[string, object, RegExp]>([
  ['no upcast for a version over 1', { version: 2 }, /upcast lacks the step for version 1/],
  ['the first step missing', { version: 3, upcast: { 2: same } }, /upcast lacks the step for version 1/],
  ['the last step missing', { version: 3, upcast: { 1: same } }, /upcast lacks the step for version 2/],
  ['a step that is no function', { version: 2, upcast: { 1: {} } }, /upcast\[1\] must be a function/],
  ['a step at the version', { version: 2, upcast: { 1: same, 2: same } }, /upcast has a step "2"/],
  ['a step above the version', { version: 2, upcast: { 1: same, 7: same } }, /upcast has a step "7"/],
  ['a step for version 0', { version: 2, upcast: { 0: same, 1: same } }, /upcast has a step "0"/],
  ['a step for no version', { version: 2, upcast: { 1: same, first: same } }, /upcast has a step "first"/],
  ['a step that is written otherwise', { version: 2, upcast: { 1: same, '01': same } }, /upcast has a step "01"/],
  ['a step without a version', { upcast: { 1: same } }, /upcast has a step "1"/],
  ['a list of steps', { version: 2, upcast: [same, same] }, /upcast must be an object/],
  ['a function as upcast', { version: 2, upcast: same }, /upcast must be an object/],
  ['null as upcast', { version: 2, upcast: null }, /upcast must be an object/],
  [
    'a gap in downcast',
    { version: 4, upcast: { 1: same, 2: same, 3: same }, downcast: { 1: same, 3: same } },
    /downcast lacks the step for version 2/,
  ],
  [
    'downcast without its last step',
    { version: 3, upcast: { 1: same, 2: same }, downcast: { 1: same } },
    /downcast lacks the step for version 2/,
  ],
  [
    'downcast without a step',
    { version: 2, upcast: { 1: same }, downcast: {} },
    /downcast lacks the step for version 1/,
  ],
  [
    'a step at the version in downcast',
    { version: 2, upcast: { 1: same }, downcast: { 1: same, 2: same } },
    /downcast has a step "2"/,
  ],
  [
    'a downcast step that is no function',
    { version: 2, upcast: { 1: same }, downcast: { 1: 2 } },
    /downcast\[1\] must be a function/,
  ],
  [
    'a downcast step to version 0',
    { version: 2, upcast: { 1: same }, downcast: { 0: same, 1: same } },
    /downcast has a step "0"/,
  ],
  ['downcast for version 1', { downcast: {} }, /downcast/],
  ['a fraction as version', { version: 1.5 }, /version is 1.5/],
])('refused, and named: %s', (_, options, message) => {
  expect(() => declare(options)).toThrow(InvalidArgumentError)
  expect(() => declare(options)).toThrow(message)
})

test('downcast may be undefined, as where a setting says whether a deploy is under way', () => {
  expect(declare({ version: 2, upcast: { 1: same }, downcast: undefined }).versions.written).toBe(2)
})

test('what is written is the oldest version that downcast leads to', () => {
  const upcast = { 1: same, 2: same, 3: same }
  expect(declare({ version: 4, upcast }).versions).toMatchObject({ current: 4, written: 4 })
  expect(declare({ version: 4, upcast, downcast: { 3: same } }).versions).toMatchObject({ current: 4, written: 3 })
  expect(declare({ version: 4, upcast, downcast: { 2: same, 3: same } }).versions.written).toBe(2)
})

describe('upcast', () => {
  const calls: number[] = []
  const versions = schemaVersions('session', {
    version: 3,
    upcast: {
      1: (state: { readonly n: number }) => (calls.push(1), { ...state, list: [state.n] }),
      2: (state: { readonly list: readonly number[] }) => (
        calls.push(2),
        { ...state, map: new Map([['k', state.list]]) }
      ),
    },
    downcast: undefined,
  })

  test('of a state of this version is the state itself', () => {
    const state = captureRoot({ n: 1 })
    expect(versions.upcast(state, 3)).toBe(state)
  })

  test('is the chain of the steps from the version of the state on', () => {
    expect(versions.upcast(captureRoot({ n: 1 }), 1)).toEqual({ n: 1, list: [1], map: new Map([['k', [1]]]) })
    expect(versions.upcast(captureRoot({ list: [2] }), 2)).toEqual({ list: [2], map: new Map([['k', [2]]]) })
  })

  test('is made once for a state', () => {
    const state = captureRoot({ n: 1 })
    calls.length = 0
    expect(versions.upcast(state, 1)).toBe(versions.upcast(state, 1))
    expect(calls).toEqual([1, 2])
    expect(versions.upcast(state, 2)).not.toEqual(versions.upcast(state, 1))
  })

  test('gives frozen copies, and shares with the stored state what the steps left alone', () => {
    const mine = { inner: [1] }
    const steps = schemaVersions('session', {
      version: 2,
      upcast: { 1: (state: object) => ({ ...state, mine }) },
      downcast: undefined,
    })
    const stored = captureRoot({ cart: [{ sku: 'a' }] })
    const shown = steps.upcast(stored, 1)
    expect(shown['cart']).toBe(stored['cart'])
    expect(shown['mine']).not.toBe(mine)
    expect(() => (shown['mine'] as { inner: number[] }).inner.push(2)).toThrow(TypeError)
    expect(Object.isFrozen(mine)).toBe(false)
  })

  test.each<[string, (state: never) => unknown]>([
    [
      'throws',
      () => {
        throw new RangeError('no such thing')
      },
    ],
    ['changes what it gets', (state: { n: number }) => ((state.n = 2), state)],
    ['changes what it gets in its depth', (state: { list: number[] }) => (state.list.push(2), state)],
    ['returns what cannot be stored', () => ({ call: () => 1 })],
    ['returns a promise', () => Promise.reject(new Error('later'))],
    ['returns no object', () => 5],
    ['returns nothing', () => undefined],
    ['returns a list', () => []],
  ])('that %s is an UnreadableDocumentError with its cause', (_, step) => {
    const steps = schemaVersions('session', { version: 2, upcast: { 1: step as never }, downcast: undefined })
    const stored = captureRoot({ n: 1, list: [1] })
    const error = thrownBy(() => steps.upcast(stored, 1))
    expect(error).toBeInstanceOf(UnreadableDocumentError)
    expect((error as Error).cause).toBeInstanceOf(Error)
    expect((error as Error).message).toMatch(/session scope of schema version 1 .* upcast from version 1 failed/)
    expect(stored).toEqual({ n: 1, list: [1] })
  })

  test('of a newer version, or of one that never was, is an UnreadableDocumentError', () => {
    expect(() => versions.upcast(captureRoot({ n: 1 }), 4)).toThrow(UnreadableDocumentError)
    expect(() => versions.upcast(captureRoot({ n: 1 }), 0)).toThrow(UnreadableDocumentError)
  })
})

describe('downcast', () => {
  test('is the chain of the steps down to the version', () => {
    const steps = schemaVersions('session', {
      version: 3,
      upcast: { 1: same, 2: same },
      downcast: { 1: (state: object) => ({ ...state, one: true }), 2: (state: object) => ({ ...state, two: true }) },
    })
    const state: State = captureRoot({ n: 1 })
    expect(steps.downcast(state, 3)).toBe(state)
    expect(steps.downcast(state, 2)).toEqual({ n: 1, two: true })
    expect(Object.keys(steps.downcast(state, 1))).toEqual(['n', 'two', 'one'])
  })

  test('that fails is an InvalidStateError with its cause: the state cannot be stored', () => {
    const cause = new RangeError('no')
    const steps = schemaVersions('session', {
      version: 2,
      upcast: { 1: same },
      downcast: {
        1: () => {
          throw cause
        },
      },
    })
    const error = thrownBy(() => steps.downcast(captureRoot({}), 1))
    expect(error).toBeInstanceOf(InvalidStateError)
    expect(error).toMatchObject({ cause, outcome: 'none' })
  })
})

function thrownBy(call: () => unknown): unknown {
  try {
    call()
  } catch (error) {
    return error
  }
  throw new Error('Nothing was thrown.')
}
