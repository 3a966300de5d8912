import type { CommitStep } from './writing.ts'

/** Values of every kind and size that has a form of its own. */
export const everyKind: Readonly<Record<string, unknown>> = {
  text: ['', 'a', 'ä€𝄞', 'x'.repeat(40), 'y'.repeat(300), 'nul \u0000 and \u2028'],
  whole: [0, 1, -1, 31, 32, 127, 128, -32, -33, -128, -129, 255, 256, 65_535, 65_536, -32_769],
  large: [2 ** 31, 2 ** 32 - 1, 2 ** 32, -(2 ** 31) - 1, 2 ** 53 - 1, -(2 ** 53) + 1, 1e21],
  fractions: [0.5, -1.25, 0.1, 1e-7, 5e-324, Number.MAX_VALUE, NaN, Infinity, -Infinity],
  truth: [true, false, null],
  big: [0n, 1n, -1n, 2n ** 53n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 64n, -(2n ** 70n), 10n ** 40n],
  dates: [new Date(0), new Date(-1), new Date(1_700_000_000_123), new Date(-8.64e15), new Date(8.64e15)],
  bytes: [new Uint8Array(), new Uint8Array([0, 1, 255]), new Uint8Array(300).fill(7)],
  maps: [
    new Map(),
    new Map<unknown, unknown>([
      ['k', 1],
      [2, 'two'],
      [3n, 3],
      [true, [1]],
      [null, new Map([['in', 1]])],
    ]),
  ],
  sets: [new Set(), new Set([1, '1', 1n, null]), new Set([new Date(5), 'x'])],
  objects: {
    '': 'empty key',
    'a.b': 1,
    $tag: 2,
    ä: 3,
    '10': 'ten',
    '9': 'nine',
    nested: [{ one: 1 }, { one: 2 }, { two: 3 }],
  },
}

export const carts: Readonly<Record<string, unknown>> = {
  hits: 1,
  cart: ['a', 'b', 'c', 'd'].map(sku => ({ sku, quantity: 1 })),
  set: new Set(['x', 'y']),
  map: new Map([['m', { n: 1 }]]),
}

/** One commit for each node that a diff can have. */
export const everyNode: readonly CommitStep[] = [
  { change: state => void (state['hits'] = 2) },
  { change: state => void (state['user'] = { name: 'u', roles: ['r'] }), origin: { process: 'p2', request: 'r7' } },
  { change: state => void ((state['user'] as { name: string }).name = 'v') },
  { change: state => void delete state['user'] },
  { change: state => void (state['cart'] as object[]).push({ sku: 'e', quantity: 5 }) },
  { change: state => void (state['cart'] as object[]).splice(1, 2) },
  { change: state => void ((state['cart'] as { quantity: number }[])[0] ?? { quantity: 0 }).quantity++ },
  { change: state => void (state['cart'] as object[]).unshift({ sku: 'f', quantity: 6 }, { sku: 'g', quantity: 7 }) },
  { diff: [2, 'cart', [3, 5, [4, 1, 0, 2, [{ sku: 'h' }], 3, 1], [0, [2, 'quantity', [0, 60]]]]] },
  { change: state => void (state['map'] as Map<unknown, unknown>).set('m', { n: 2 }).set(4n, new Date(9)) },
  { change: state => void (state['map'] as Map<unknown, unknown>).delete('m') },
  { change: state => void (state['set'] as Set<unknown>).add('z').delete('x') },
  { change: state => void (state['hits'] = 'no number any more') },
  { change: state => void (state['cart'] = []) },
  { diff: undefined },
  { diff: [0, { all: { is: 'new' } }] },
]

export const everyOp: readonly CommitStep[] = [
  { change: state => void (state['hits'] = 3), ops: [{ name: 'inc', path: ['hits'], args: [2] }] },
  {
    change: state => void (state['tags'] = new Set(['a', 'b'])),
    ops: [{ name: 'addToSet', path: ['tags'], args: ['a', 'b'] }],
  },
  {
    change: state => void (state['tags'] as Set<string>).delete('a'),
    ops: [{ name: 'removeFromSet', path: ['tags'], args: ['a'] }],
  },
  {
    change: state => void (state['log'] = [{ at: new Date(1) }]),
    ops: [{ name: 'append', path: ['log'], args: [{ at: new Date(1) }] }],
  },
  {
    change: state => void (state['cart'] as object[]).reverse(),
    ops: [{ name: 'moveBy', path: ['cart'], args: ['sku', 'd', 0] }],
  },
  {
    change: state => void ((state['cart'] as { quantity: number }[])[0] ?? { quantity: 0 }).quantity++,
    ops: [
      { name: 'inc', path: ['cart', { sku: 'd' }, 'quantity'], args: [1] },
      { name: 'later', path: ['of', 'a', 'later', 'version'], args: [null, { more: [1n] }] },
    ],
  },
]
