import { expectTypeOf } from 'vitest'
import {
  type MergeContest,
  type MergePolicy,
  append,
  counter,
  defineScope,
  firstWriter,
  lastWriter,
  listBy,
  reject,
  set,
} from '../../../src/index.ts'

// Every policy fits every pattern; the state keeps its type.
const Shop = defineScope({
  kind: 'shop',
  initial: () => ({ hits: 0, cart: [] as { sku: string }[] }),
  merge: {
    hits: counter(),
    cart: listBy('sku'),
    'cart.*.tags': set(),
    log: append(),
    price: lastWriter({ atomic: true }),
    'seats.*': firstWriter(),
    '**': reject(),
    lastSeen: ({ ours, theirs }) => (Number(ours) > Number(theirs) ? ours : theirs),
  },
})
expectTypeOf(Shop.stateType).toEqualTypeOf<{ hits: number; cart: { sku: string }[] } | undefined>()

// A function gets a contest of unknown values, and may return anything.
expectTypeOf<(contest: MergeContest) => unknown>().toExtend<MergePolicy>()
expectTypeOf<MergeContest['ours']>().toBeUnknown()

// What is no policy does not fit.
expectTypeOf<'counter()'>().not.toExtend<MergePolicy>()
expectTypeOf<typeof listBy>().not.toExtend<MergePolicy>()
expectTypeOf(counter).parameter(0).toBeNever()
expectTypeOf(listBy).parameter(0).toBeString()
expectTypeOf(reject).parameter(0).toEqualTypeOf<{ readonly atomic?: boolean } | undefined>()
