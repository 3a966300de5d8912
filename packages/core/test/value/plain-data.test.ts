import { createContext, runInContext } from 'node:vm'
import { current, createDraft } from 'immer'
import { describe, expect, it } from 'vitest'
import { pack, unpack } from '../../src/document/packer.ts'
import { InvalidStateError, UnreadableDocumentError } from '../../src/errors.ts'
import { adopt, capture, captureRoot } from '../../src/value/plain-data.ts'
import { orderedText } from '../diff/ordered-text.ts'
import { hasReportedCases, reportedValues } from '../reported-values.ts'

class Money {
  cents = 5
}

describe.skipIf(!hasReportedCases)('the reported values (skipped where shared/reported-cases is not at hand)', () => {
  for (const reported of reportedValues) {
    // What is too large is for the limits of a definition to say.
    if (reported.id === 'u8-1MiB') continue
    it(`${reported.id} is ${reported.expect}`, () => {
      const stored = tryCapture(reported.make())
      if (stored instanceof InvalidStateError) {
        expect(['refused', 'either']).toContain(reported.expect)
        expect(stored.path.slice(0, 1)).toEqual(['v'])
        if (reported.path) expect(stored.path).toEqual(reported.path)
        return
      }
      const [text, read] = [orderedText(stored), orderedText(adopt(unpack(pack(stored))))]
      expect(read).toBe(text)
      if (reported.expect === 'same') expect(reported.allowed?.map(orderedText)).toContain(text)
      else
        expect([orderedText(reported.make()), reported.expect]).toEqual([
          text,
          expect.stringMatching(/faithful|either/),
        ])
    })
  }
})

describe('a value to be stored', () => {
  const refused: readonly (readonly [string, unknown, readonly unknown[]])[] = [
    ['a function', { x: () => 1 }, ['x']],
    ['a symbol', [Symbol('x')], [0]],
    ['a symbol as a key', { x: { [Symbol('s')]: 1 } }, ['x']],
    ['a hidden property', Object.defineProperty({}, 'x', { value: 1 }), []],
    ['an accessor', { x: { get y() { return 1 } } }, ['x', 'y']], // prettier-ignore
    ['a class instance', { x: [new Money()] }, ['x', 0]],
    ['a subclass of Array', { x: new (class List extends Array {})() }, ['x']],
    ['a subclass of Uint8Array', { x: new (class Bytes extends Uint8Array {})(1) }, ['x']],
    ['a Map subclass', new Map([['k', new (class Bag extends Map {})()]]), ['k']],
    ['a Map with an object as a key', { x: new Map([[{}, 1]]) }, ['x']],
    ['a Map with extra properties', { x: Object.assign(new Map(), { y: 1 }) }, ['x']],
    ['a Date with extra properties', { x: Object.assign(new Date(0), { y: 1 }) }, ['x']],
    ['an array with extra properties', { x: Object.assign([1, 2], { total: 3 }) }, ['x']],
    [
      'an array with a hole and an extra property',
      { x: Object.assign(Array.from({ length: 1 }), { y: 1, length: 2 }) },
      ['x'],
    ],
    ['undefined in a Set', { x: new Set([undefined]) }, ['x', 0]],
    ['an invalid Date', { x: new Date(NaN) }, ['x']],
    ['a lone surrogate', { x: ['a\ud800'] }, ['x', 0]],
    ['a key with a lone surrogate', { x: { '\udc00': 1 } }, ['x', '\udc00']],
    ['a Map key with a lone surrogate', new Map([['\ud800', 1]]), ['\ud800']],
    ['a reserved key', { x: { constructor: 1 } }, ['x', 'constructor']],
    ['a reserved key from JSON', JSON.parse('{"x":{"__proto__":{"admin":true}}}'), ['x', '__proto__']],
    ['a reserved key of a Map', new Map([['prototype', 1]]), ['prototype']],
    ['a key that the packer takes for its own', { x: { a: 1, __keys__: 2 } }, ['x', '__keys__']],
    ['a key that the packer gives to another', { __proto_: 1 }, ['__proto_']],
    ['a revoked draft', { x: revokedProxy() }, ['x']],
  ]
  for (const [what, value, path] of refused) {
    it(`is refused with its path when it is ${what}`, () => {
      const error = tryCapture(value)
      expect(error).toBeInstanceOf(InvalidStateError)
      expect((error as InvalidStateError).path).toEqual(['v', ...path])
      expect((error as InvalidStateError).outcome).toBe('none')
    })
  }

  it('may be nested 200 levels deep, and no more', () => {
    const nested = (levels: number): unknown => {
      let value: unknown = 1
      for (let level = 0; level < levels; level++) value = level % 2 === 0 ? { k: value } : [value]
      return value
    }
    expect(tryCapture(nested(200))).not.toBeInstanceOf(Error)
    expect(tryCapture(nested(201))).toBeInstanceOf(InvalidStateError)
    expect(tryCapture(nested(10_000))).toBeInstanceOf(InvalidStateError)
  })

  it('that holds itself is refused; the path names the first eight segments', () => {
    const cycle: { self?: unknown } = {}
    cycle.self = cycle
    const error = tryCapture(cycle)
    expect((error as InvalidStateError).path).toEqual(['v', ...Array.from({ length: 7 }, () => 'self')])
  })

  it('is normalised once', () => {
    const holes: unknown[] = [1]
    holes[2] = undefined
    holes[4] = -0
    const value = {
      absent: undefined,
      zero: -0,
      holes,
      map: new Map<string, unknown>([
        ['a', undefined],
        ['b', -0],
      ]),
    }
    expect(orderedText(capture(value, []))).toBe('{"zero": 0, "holes": [1, null, null, null, 0], "map": Map{"b": 0}}')
    expect(orderedText(capture(new Set([-0]), []))).toBe('Set{0}')
    expect(orderedText(capture(Buffer.from([1, 2]), []))).toBe('Uint8Array(1,2)')
    expect(orderedText(capture(Object.create(null), []))).toBe('{}')
  })

  it('is frozen to the ground, and nothing of it is the caller’s', () => {
    const own = { list: [{ n: 1 }], map: new Map([['a', { n: 1 }]]), set: new Set([1]), bytes: new Uint8Array(2) }
    const stored = capture(own, []) as typeof own
    expect(() => stored.list.push({ n: 2 })).toThrow(TypeError)
    expect(() => stored.map.set('b', { n: 1 })).toThrow()
    expect(() => stored.set.clear()).toThrow()
    expect(Object.isFrozen(stored.map.get('a'))).toBe(true)
    own.list[0] = { n: 9 }
    own.map.clear()
    own.bytes[0] = 9
    expect(orderedText(stored)).toBe(
      '{"list": [{"n": 1}], "map": Map{"a": {"n": 1}}, "set": Set{1}, "bytes": Uint8Array(0,0)}',
    )
    expect(Object.isFrozen(own)).toBe(false)
  })

  it('keeps only the bytes of a view, in memory of its own', () => {
    const stored = capture(new Uint8Array([1, 2, 3, 4]).subarray(1, 3), []) as Uint8Array
    expect([...stored]).toEqual([2, 3])
    expect(stored.buffer.byteLength).toBe(2)
  })

  it('may come from another realm', () => {
    const foreign: unknown = runInContext(
      '({ o: { a: [1] }, m: new Map([["k", 1]]), d: new Date(5) })',
      createContext(),
    )
    expect(orderedText(capture(foreign, []))).toBe('{"o": {"a": [1]}, "m": Map{"k": 1}, "d": Date(5)}')
    const instance: unknown = runInContext('new (class Money {})()', createContext())
    expect(() => capture(instance, [])).toThrow(InvalidStateError)
  })

  it('may be a draft of somewhere else: its value is stored', () => {
    const draft = createDraft({ list: [{ n: 1 }], map: new Map([['a', 1]]) })
    draft.list[0] = { n: 2 }
    expect(orderedText(capture(draft, []))).toBe(orderedText(current(draft)))
  })

  it('is a plain object when it is the whole state', () => {
    expect(captureRoot({ a: 1 })).toEqual({ a: 1 })
    for (const value of [[], new Map(), 1, null, undefined, new Money()]) {
      expect(() => captureRoot(value)).toThrow(InvalidStateError)
    }
  })
})

describe('a decoded value', () => {
  it('is frozen to the ground and has memory of its own', () => {
    const value = {
      bytes: Buffer.from([1, 2]),
      set: new Set([Buffer.from([3]), 1]),
      map: new Map([['b', Buffer.from([4])]]),
    }
    const adopted = adopt(value) as typeof value
    expect(orderedText(adopted)).toBe(
      '{"bytes": Uint8Array(1,2), "set": Set{Uint8Array(3), 1}, "map": Map{"b": Uint8Array(4)}}',
    )
    expect(adopted.bytes.buffer.byteLength).toBe(2)
    expect(Object.isFrozen(adopted) && Object.isFrozen(adopted.map)).toBe(true)
    expect(() => adopted.set.add(2)).toThrow()
  })

  it('is refused when no writer stores such a thing', () => {
    const deep: Record<string, unknown> = {}
    let innermost = deep
    for (let level = 0; level < 300; level++) innermost = innermost['k'] = {} as Record<string, unknown>
    const cycle: unknown[] = []
    cycle.push(cycle)
    const foreign = [
      /x/,
      new Error('e'),
      new Float64Array(1),
      undefined,
      new Date(NaN),
      new Money(),
      Symbol('s'),
      deep,
      cycle,
    ]
    for (const value of [
      ...foreign,
      { prototype: 1 },
      { __proto_: 1 },
      new Map([['constructor', 1]]),
      new Map([[{}, 1]]),
    ]) {
      expect(() => adopt({ v: [value] })).toThrow(UnreadableDocumentError)
    }
  })
})

function tryCapture(value: unknown): unknown {
  try {
    return capture(value, ['v'])
  } catch (error) {
    return error
  }
}

function revokedProxy(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}
