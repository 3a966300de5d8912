import type { SeededRandom } from '@scopes/testing'
import { type Operation, articles, things } from './sheet.ts'

/** How much is to be done. */
export interface PlanOptions {
  /** Begins every mark. */
  readonly name: string
  /** How many do it, one operation after the other. */
  readonly writers: number
  readonly operations: number
  /** Default: each operation its own. */
  readonly way?: Operation['way']
}

/** What each of the writers is to do: a mix of everything, the removals rare. */
export function plan(random: SeededRandom, { name, writers, operations, way }: PlanOptions): Operation[][] {
  return Array.from({ length: writers }, (_writer, writer) =>
    Array.from({ length: operations }, (_turn, turn) =>
      draw(random, `${name}.${writer}.${turn}`, way ?? random.pick(['update', 'draft'] as const)),
    ),
  )
}

function draw(random: SeededRandom, mark: string, way: Operation['way']): Operation {
  const thing = random.pick(things)
  const merged = ['field', 'push', 'append', 'member', 'join', 'visit', 'add', 'buy', 'edit'] as const
  // Two equal increments of drafts are one change where nothing says otherwise: counting this way is for recipes.
  const types = way === 'update' ? ([...merged, 'hit'] as const) : merged
  const type = random.chance(0.04) ? 'remove' : random.pick(types)
  switch (type) {
    case 'field':
      return { mark, way, type, side: random.pick(['left', 'right'] as const), value: random.below(1000) }
    case 'add':
      return { mark, way, type, amount: 1 + random.below(9) }
    case 'buy':
      return { mark, way, type, sku: random.pick(articles) }
    case 'edit':
    case 'remove':
      return { mark, way, type, thing }
    default:
      return { mark, way, type }
  }
}
