import { type Scopes, ScopesError, defineScope, memoryStore, openScopes } from '@scopes/core'
import { faultStore, seededRandom } from '@scopes/testing'
import { expect, test } from 'vitest'

// Whole-system runs under random faults. Every write leaves a mark of its own, so that each outcome can be judged.

interface Marks {
  marks: string[]
  hits: number
}

const Marked = defineScope({ kind: 'marked', initial: (): Marks => ({ marks: [], hits: 0 }) })

const runs = Number(process.env['FAULT_RUNS'] ?? 40)
const firstSeed = Number(process.env['FAULT_SEED'] ?? 1)

const rates = { delay: 0.05, fail: 0.02, 'lose-before': 0.04, 'lose-after': 0.06, late: 0.05, duplicate: 0.05 }

interface Outcome {
  readonly mark: string
  readonly result: 'done' | 'none' | 'unknown'
}

async function write(scopes: Scopes, mark: string, asDraft: boolean): Promise<Outcome> {
  try {
    const scope = await scopes.open(Marked, 'm')
    if (asDraft) {
      const work = scope.draft()
      work.value.marks.push(mark)
      await work.commit()
    } else {
      await scope.update(draft => {
        draft.marks.push(mark)
        draft.hits++
      })
    }
    return { mark, result: 'done' }
  } catch (error) {
    if (!(error instanceof ScopesError)) throw error
    return { mark, result: error.outcome ?? 'none' }
  }
}

test.each(Array.from({ length: runs }, (_, index) => firstSeed + index))(
  'seed %i: done is there once, none is not there, nothing is there twice',
  async seed => {
    const inner = memoryStore()
    const random = seededRandom(seed)
    const scopes = await Promise.all(
      [0, 1, 2].map(async index => {
        const store = faultStore(inner, { seed: seed * 10 + index, rates })
        return openScopes({ application: 'shop', reaper: false, store, commitTimeoutMs: 400 })
      }),
    )
    const writers = scopes.map(async (one, index) => {
      const outcomes: Outcome[] = []
      for (let round = 0; round < 12; round++) {
        const size = 1 + random.below(3)
        const writes = Array.from({ length: size }, (_, member) =>
          write(one, `${index}.${round}.${member}`, random.below(2) === 0),
        )
        outcomes.push(...(await Promise.all(writes)))
      }
      return outcomes
    })
    const outcomes = (await Promise.all(writers)).flat()
    const judge = await openScopes({ application: 'shop', reaper: false, store: inner })
    const { marks } = (await judge.open(Marked, 'm')).value
    expect(new Set(marks).size).toBe(marks.length)
    const done = outcomes.filter(({ result }) => result === 'done').map(({ mark }) => mark)
    const none = outcomes.filter(({ result }) => result === 'none').map(({ mark }) => mark)
    expect(done.filter(mark => !marks.includes(mark))).toEqual([])
    expect(none.filter(mark => marks.includes(mark))).toEqual([])
    expect(done.length).toBeGreaterThan(outcomes.length / 2)
  },
)
