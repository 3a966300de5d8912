import { describe, expect, it } from 'vitest'
import { applyDiff } from '../../src/diff/apply.ts'
import { pack, unpack } from '../../src/document/packer.ts'
import { record } from '../../src/draft/record.ts'
import { InvalidStateError } from '../../src/errors.ts'
import { type State, adopt, captureRoot } from '../../src/value/plain-data.ts'

interface Stored {
  at: { seen: Date }
  files: Map<string, { bytes: Uint8Array }>
  set: Set<Uint8Array>
  n: number
}

const make = (): State =>
  captureRoot({
    at: { seen: new Date(5) },
    files: new Map([['a', { bytes: new Uint8Array([1, 2]) }]]),
    set: new Set([new Uint8Array([7])]),
    n: 1,
  })
const makeDecoded = (): State => adopt(unpack(pack(make()))) as State
/** Every way in which a state comes about. */
const ways: Record<string, () => State> = {
  captured: make,
  decoded: makeDecoded,
  folded: () => applyDiff(unpack(pack([2, 'n', [0, 2], 'files', [4, 'b', [0, {}]]])), makeDecoded()).state,
  'put in later': () => {
    const recorded = record(captureRoot({ n: 1 }), (draft: object) => Object.assign(draft, make()))
    return recorded?.state ?? captureRoot({})
  },
}

for (const [way, makeState] of Object.entries(ways)) {
  describe(`of a state that was ${way}`, () => {
    const dateOf = (state: State): Date => (state as unknown as Stored).at.seen
    const bytesOf = (state: State): Uint8Array | undefined => (state as unknown as Stored).files.get('a')?.bytes

    it('a Date throws when it is changed in place, in a recipe with its path, and stays what it was', () => {
      const state = makeState()
      const error = errorOf(() => record(state, (draft: Stored) => draft.at.seen.setFullYear(2000)))
      expect(error).toBeInstanceOf(InvalidStateError)
      expect((error as InvalidStateError).path).toEqual(['at', 'seen'])
      expect(() => dateOf(state).setTime(9)).toThrow(InvalidStateError)
      expect(dateOf(state).getTime()).toBe(5)
    })

    it('a Date is an ordinary Date otherwise', () => {
      const date = dateOf(makeState())
      expect(Object.getPrototypeOf(date)).toBe(Date.prototype)
      expect(Object.keys(date)).toEqual([])
      expect(structuredClone(date)).toEqual(new Date(5))
      expect(new Date(date).setTime(6)).toBe(6)
    })

    it('bytes changed in place are refused with their path, once, and are what they were', () => {
      const state = makeState()
      const recipe = (draft: Stored): void => {
        draft.n = 9
        draft.files.get('a')?.bytes.fill(9)
      }
      const error = errorOf(() => record(state, recipe))
      expect(error).toBeInstanceOf(InvalidStateError)
      expect((error as InvalidStateError).path).toEqual(['files', 'a', 'bytes'])
      expect([...(bytesOf(state) ?? [])]).toEqual([1, 2])
      expect(record(state, (draft: Stored) => void (draft.n = 10))?.state['n']).toBe(10)
    })

    it('bytes changed outside a draft are found by the next one', () => {
      const state = makeState()
      bytesOf(state)?.fill(9)
      for (const member of (state as unknown as Stored).set) member[0] = 9
      expect(() => record(state, () => undefined)).toThrow(InvalidStateError)
      expect([...(bytesOf(state) ?? [])]).toEqual([1, 2])
      expect([...(state as unknown as Stored).set][0]?.[0]).toBe(7)
      expect(record(state, () => undefined)).toBeUndefined()
    })

    it('bytes are found wherever an edit has left them', () => {
      const state = makeState()
      const moved = record(state, (draft: Stored & Record<string, unknown>) => {
        draft['new'] = [{ bytes: draft.files.get('a')?.bytes }]
        draft.files.delete('a')
      })
      const next = record(moved?.state ?? state, (draft: Stored) => void draft.n++)?.state ?? state
      ;(next['new'] as { bytes: Uint8Array }[])[0]?.bytes.fill(3)
      expect((errorOf(() => record(next, () => undefined)) as InvalidStateError).path).toEqual(['new', 0, 'bytes'])
    })
  })
}

it('bytes and Dates that were replaced are recorded', () => {
  const recorded = record(make(), (draft: Stored) => {
    draft.at.seen = new Date(6)
    draft.files.set('a', { bytes: new Uint8Array([3]) })
  })
  expect(recorded?.diff).toEqual([
    2,
    'at',
    [2, 'seen', [0, new Date(6)]],
    'files',
    [4, 'a', [0, { bytes: new Uint8Array([3]) }]],
  ])
})

function errorOf(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  return undefined
}
