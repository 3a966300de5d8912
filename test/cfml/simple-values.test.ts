import { memoryStore } from '@scopes/core'
import { observedStore } from '@scopes/testing'
import { expect, test } from 'vitest'
import type { Ground } from './behaviour.ts'
import { type NodeSettings, openNode } from './node.ts'
import { shiftedClock } from './shifted-clock.ts'
import { Visitor } from './visitor.ts'

/** Texts that an engine which guesses types takes for something else, and what they would be. */
const simple = {
  texts: [
    'yes',
    'no',
    'true',
    '00123',
    '1e5',
    '0x10',
    '2026-11-25',
    "{ts '2026-01-01 00:00:00'}",
    '',
    ' ',
    'null',
    'NaN',
  ],
  others: [true, false, 123, 1e5, 16, 0],
}

const places: Readonly<Record<string, NodeSettings>> = {
  'in the store': {},
  'the client in its cookie': { clientStorage: 'cookie', clientCookie: { keys: ['the secret of the clients'] } },
}

test.for(
  Object.entries(places).flatMap(([place, settings]) =>
    [undefined, 'lucee' as const, 'coldfusion' as const].map(compat => ({ place, settings, compat })),
  ),
)(
  'X01 simple values stay of the type that they were written in, on every node: compat $compat, $place',
  async given => {
    const store = memoryStore()
    const ground: Ground = {
      store: 'memory',
      open: async () => ({ ...observedStore(store, {}), close: async () => undefined }),
      settled: async () => undefined,
    }
    const settings: NodeSettings = { ...given.settings, ...(given.compat ? { compat: given.compat } : {}) }
    const [shop, other] = [
      await openNode(ground, shiftedClock(), settings),
      await openNode(ground, shiftedClock(), settings),
    ]
    const visitor = new Visitor()
    const values = [...simple.texts, ...simple.others]
    await visitor.ask(shop, async request => {
      for (const scope of [await request.session(), await request.client()]) {
        values.forEach((value, index) => (scope[`v${index}`] = value))
      }
    })
    const { result } = await visitor.ask(other, async request => {
      const scopes = [await request.session(), await request.client()]
      return scopes.map(scope => values.map((_, index) => scope[`v${index}`]))
    })
    expect(result).toEqual([values, values])
  },
)
