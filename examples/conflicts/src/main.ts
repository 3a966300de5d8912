import {
  ConflictError,
  counter,
  defineScope,
  firstWriter,
  inc,
  listBy,
  memoryStore,
  openScopes,
  reject,
} from '@scopes/core'

// What an order holds, and what becomes of two changes of the same place. Where nothing is said, the later commit wins.
const Order = defineScope({
  kind: 'order',
  initial: () => ({
    views: 0,
    points: 100,
    cart: [{ sku: 'lens', pieces: 1 }],
    seat: '',
    bid: 0,
    note: '',
    payment: 'open',
  }),
  merge: {
    views: counter(), // two requests that count are two
    cart: listBy('sku'), // one line for each article, whoever put it in first
    'cart.*.pieces': counter(), // and its pieces add up
    seat: firstWriter(), // who took it has it
    bid: ({ ours, theirs }) => Math.max(Number(ours), Number(theirs)), // your own rule
    payment: reject(), // the later one is refused and must look again
  },
})

const scopes = await openScopes({ application: 'conflicts', store: memoryStore() })
scopes.conflicts$.subscribe(({ path, base, theirs, ours, policy, result }) => {
  const [was, first, second, is] = [base, theirs, ours, result].map(value => JSON.stringify(value) ?? 'absent')
  console.log(`${path.join('.')}: was ${was}, Anna ${first}, Ben ${second} → ${is} (${policy})`)
})

// Two requests that overlap: both drafts begin on the same state, before either is stored.
const page = await scopes.open(Order, '4711')
const anna = page.draft()
const ben = page.draft()

anna.value.views++
anna.value.cart.push({ sku: 'tripod', pieces: 1 })
anna.value.seat = 'A1'
anna.value.bid = 20
anna.value.note = 'leave it at the door'
inc(anna.value, 'points', -30) // an op: what is meant, not what comes out

ben.value.views++
ben.value.cart = [
  { sku: 'tripod', pieces: 2 },
  { sku: 'lens', pieces: 3 },
]
ben.value.seat = 'B7'
ben.value.bid = 15
ben.value.note = 'ring twice'
inc(ben.value, 'points', 10)

await anna.commit()
const { version, merged } = await ben.commit() // three-way merged into what Anna stored
console.log(`version ${version}, merged: ${merged}`, page.value)

// Both pay at the same time.
anna.value.payment = 'card'
ben.value.payment = 'cash'
await anna.commit()
await ben.commit().catch((error: unknown) => {
  if (!(error instanceof ConflictError)) throw error
  const [refused] = error.rejected
  console.log(`${refused?.path.join('.')}: ${error.code}, still ${page.value.payment} in version ${page.version}`)
})
await scopes.close()
