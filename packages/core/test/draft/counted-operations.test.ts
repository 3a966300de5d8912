import fc from 'fast-check'
import { current } from 'immer'
import { describe, expect, it, vi } from 'vitest'
import { applyDiff } from '../../src/diff/apply.ts'
import { pack, unpack } from '../../src/document/packer.ts'
import { countedOperations } from '../../src/draft/counted-operations.ts'
import type { Operation } from '../../src/draft/operation.ts'
import { groupOperations } from '../../src/draft/operation-groups.ts'
import { valueAt } from '../../src/draft/operation-place.ts'
import { addToSet, append, inc, removeFromSet } from '../../src/draft/operations.ts'
import { type Recorded, record } from '../../src/draft/record.ts'
import { Replay } from '../../src/draft/replay.ts'
import { deepEqual } from '../../src/value/equal.ts'
import { type State, adopt, captureRoot } from '../../src/value/plain-data.ts'
import { propertySettings } from '../document/property-settings.ts'
import { orderedText } from '../diff/ordered-text.ts'
import { type RandomEdit, randomEdit, runEdit } from '../diff/random-edits.ts'
import { type RandomOperation, operableState, randomOperation, runOperation } from './random-operations.ts'

// The environment may ask for many more runs.
vi.setConfig({ testTimeout: 300_000 })

interface Shop {
  hits: number
  log: unknown[]
  tags: string[]
  cart: { sku: string; quantity: number; tags: string[] }[]
  n?: number
}

const shop = captureRoot({
  hits: 5,
  log: [1],
  tags: ['a'],
  cart: [
    { sku: 'A', quantity: 1, tags: [] },
    { sku: 'B', quantity: 1, tags: [] },
  ],
})

/** What is recorded, as `name` of each op. */
function counted(recipe: (draft: Shop) => unknown, base: State = shop): string[] | undefined {
  return record(base, recipe)?.ops.map(({ name }) => name)
}

describe('ops count where they alone make of the base what the draft became (merge rule 35)', () => {
  it('as they do when nothing else happened at their place', () => {
    expect(
      counted(draft => {
        inc(draft, 'hits', 1)
        append(draft, 'log', 2)
        draft.tags.push('b')
        inc(draft, 'hits', 2)
      }),
    ).toEqual(['inc', 'append', 'inc'])
  })

  it('and not when a plain write came after, or before', () => {
    const after = record(shop, (draft: Shop) => {
      inc(draft, 'hits', 2)
      draft.hits = 50
    })
    const before = record(shop, (draft: Shop) => {
      draft.hits = 50
      inc(draft, 'hits', 1)
    })
    expect([after?.state['hits'], after?.ops]).toEqual([50, []])
    expect([before?.state['hits'], before?.ops]).toEqual([51, []])
  })

  it('and not when what they put in was edited; ops elsewhere still count', () => {
    expect(
      counted(draft => {
        append(draft, 'log', { n: 1 })
        ;(draft.log[1] as { n: number }).n = 2
        inc(draft, 'hits', 1)
      }),
    ).toEqual(['inc'])
  })

  it('together where their paths overlap', () => {
    const both = (draft: Shop): void => {
      append(draft, 'cart', { sku: 'C', quantity: 1, tags: [] })
      inc(draft, ['cart', { sku: 'C' }, 'quantity'], 1)
      addToSet(draft, ['cart', { sku: 'B' }, 'tags'], 'x')
    }
    expect(counted(both)).toEqual(['append', 'inc', 'addToSet'])
    expect(
      counted(draft => {
        both(draft)
        const [first] = draft.cart
        if (first) first.quantity = 9
      }),
    ).toEqual([])
  })

  it('in the order of the calls, wherever in the group their places are', () => {
    expect(
      counted(draft => {
        inc(draft, ['cart', { sku: 'A' }, 'quantity'], 1)
        removeFromSet(draft, 'cart', { sku: 'A', quantity: 2, tags: [] })
      }),
    ).toEqual(['inc', 'removeFromSet'])
  })

  it('each by itself where their paths are of different elements', () => {
    expect(
      counted(draft => {
        inc(draft, ['cart', { sku: 'A' }, 'quantity'], 1)
        inc(draft, ['cart', { sku: 'B' }, 'quantity'], 2)
        const [first] = draft.cart
        if (first) first.quantity = 9
      }),
    ).toEqual(['inc'])
  })

  it('also beside plain edits of the same list and of the same element', () => {
    expect(
      counted(draft => {
        inc(draft, ['cart', { sku: 'B' }, 'quantity'], 1)
        draft.cart.shift()
        draft.cart[0]?.tags.push('x')
      }),
    ).toEqual(['inc'])
  })

  it('and not where two elements could be meant', () => {
    const twins = captureRoot({ cart: [{ sku: 'A', quantity: 1, tags: [] }, { sku: 'A', quantity: 1, tags: [] }] }) // prettier-ignore
    expect(counted(draft => inc(draft, ['cart', { sku: 'A' }, 'quantity'], 1), twins)).toEqual([])
    const incFirst = (draft: Shop): void => inc(draft, ['cart', { sku: 'A' }, 'quantity'], 1)
    const before = (draft: Shop): void => {
      incFirst(draft)
      draft.cart.pop()
    }
    expect(counted(before, twins)).toEqual([])
    const after = (draft: Shop): void => {
      incFirst(draft)
      draft.cart.unshift({ sku: 'A', quantity: 2, tags: [] })
    }
    expect(counted(after)).toEqual([])
  })

  it('also when they change the property that names their element, or name one element in two ways', () => {
    const list = captureRoot({ l: [{ id: 1, n: 1 }, { id: 2, n: 5 }] }) // prettier-ignore
    interface Named {
      l: { id: number; n: number }[]
    }
    const renamed = record(list, (draft: Named) => {
      inc(draft, ['l', { n: 1 }, 'n'], 1)
      inc(draft, ['l', { n: 2 }, 'n'], 1)
    })
    expect(renamed?.state).toEqual({ l: [{ id: 1, n: 3 }, { id: 2, n: 5 }] }) // prettier-ignore
    expect(renamed?.ops).toHaveLength(2)
    const twice = record(list, (draft: Named) => {
      inc(draft, ['l', { id: 1 }, 'n'], 1)
      inc(draft, ['l', { n: 2 }, 'id'], 10)
    })
    expect(twice?.state).toEqual({ l: [{ id: 11, n: 2 }, { id: 2, n: 5 }] }) // prettier-ignore
    expect(twice?.ops).toHaveLength(2)
  })

  it('and not in what a plain write has put in', () => {
    const put = record(shop, (draft: Shop & { user: { logins: number; roles?: string[] } }) => {
      draft.user = { logins: 0 }
      inc(draft, ['user', 'logins'], 1)
      removeFromSet(draft, ['user', 'roles'], 'admin')
    })
    expect(put?.state['user']).toEqual({ logins: 1 })
    expect(put?.ops).toEqual([])
    const user = captureRoot({ ...shop, user: {} })
    const taken = record(user, (draft: Partial<Shop> & { user?: { roles?: string[] } }) => {
      removeFromSet(draft, ['user', 'roles'], 'admin')
      delete draft.user
    })
    expect(taken?.ops).toEqual([])
  })

  it('and nothing is recorded when they changed nothing', () => {
    expect(counted(draft => removeFromSet(draft, 'tags', 'z'))).toBeUndefined()
    expect(
      counted(draft => {
        removeFromSet(draft, 'tags', 'z')
        inc(draft, 'hits', 1)
      }),
    ).toEqual(['removeFromSet', 'inc'])
  })

  it('however many there are, at once', () => {
    const recorded = record(shop, (draft: Shop & { counters: Record<string, number> }) => {
      for (let index = 0; index < 500; index++) append(draft, 'log', index)
    })
    expect(recorded?.ops).toHaveLength(500)
    expect(recorded?.state['log']).toHaveLength(501)
  })
})

describe('random ops among random edits', () => {
  const steps = fc.array(fc.oneof({ weight: 3, arbitrary: randomOperation }, randomEdit), {
    minLength: 1,
    maxLength: 6,
  })

  it('explain their places when done again, and leave all others alone', () => {
    let explained = 0
    fc.assert(
      fc.property(operableState, steps, (make, mixed) => {
        const base = captureRoot(make())
        const recorded = run(base, mixed)
        fc.pre(recorded !== undefined)
        const groups = groupOperations(recorded.ops)
        const again = redone(base, recorded.ops)
        for (const { path } of groups) {
          expect(deepEqual(valueAt(again, path), valueAt(recorded.state, path))).toBe(true)
          explained++
        }
      }),
      propertySettings(150),
    )
    expect(explained).toBeGreaterThan(0)
  })

  it('make the whole state where nothing else was done and all of them count', () => {
    let compared = 0
    fc.assert(
      fc.property(operableState, fc.array(randomOperation, { minLength: 1, maxLength: 6 }), (make, operations) => {
        const base = captureRoot(make())
        let called = 0
        const recorded = record(base, (draft: object) => {
          for (const operation of operations) if (runOperation(draft, current(draft), operation)) called++
        })
        fc.pre(recorded?.ops.length === called)
        compared++
        expect(deepEqual(redone(base, recorded.ops), recorded.state)).toBe(true)
      }),
      propertySettings(150),
    )
    expect(compared).toBeGreaterThan(0)
  })

  it('never make a difference between writer and reader', () => {
    fc.assert(
      fc.property(operableState, steps, (make, mixed) => {
        const base = captureRoot(make())
        const recorded = run(base, mixed)
        fc.pre(recorded !== undefined)
        const read = applyDiff(unpack(pack(recorded.diff)), adopt(unpack(pack(base))) as State).state
        expect(orderedText(read)).toBe(orderedText(recorded.state))
        expect(orderedText(base)).toBe(orderedText(captureRoot(make())))
      }),
      propertySettings(150),
    )
  })
})

function run(base: State, steps: readonly (RandomOperation | RandomEdit)[]): Recorded | undefined {
  return record(base, (draft: object) => {
    for (const step of steps) {
      if ('action' in step) runOperation(draft, current(draft), step)
      else runEdit(draft, step)
    }
  })
}

/** The ops done to the base by themselves. */
function redone(base: State, ops: readonly Operation[]): unknown {
  const replay = new Replay(base)
  for (const op of ops) expect(replay.perform(op)).toBeUndefined()
  expect(countedOperations(base, replay.value as State, ops).length).toBe(ops.length)
  return replay.finish()
}
