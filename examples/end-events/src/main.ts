import { defineScope, memoryStore, openScopes } from '@scopes/core'

// A cart that nobody touches for a second is over; its end waits up to a week for somebody who is to be told.
const Cart = defineScope({ kind: 'cart', initial: () => ({ items: [] as string[] }), idle: '1s', keepEnds: '7d' })

const scopes = await openScopes({ application: 'end-events', store: memoryStore() })

// At least once for each end, in one of the processes that have handlers; the delivery id tells a second time from another end.
const told = new Set<string>()
const done = new Promise<void>(resolve => {
  scopes.onEnd(Cart, ({ key, reason, detail, value, deliveryId }) => {
    console.log(`${key.id}: ${reason}${detail ? ` (${detail})` : ''}, left in the cart: ${value.items.join(', ')}`)
    if (told.add(deliveryId).size === 2) resolve()
  })
})

for (const [id, item] of [
  ['ann', 'pear'],
  ['bob', 'apple'],
] as const) {
  const cart = await scopes.open(Cart, id)
  await cart.update(draft => void draft.items.push(item))
}
await (await scopes.open(Cart, 'ann')).end('checkout') // resolves when the handler has been tried
const server = setInterval(() => {}, 1000) // a service stays alive by its server; this one has none
await done // nobody opens bob's cart again: it is ended all the same
clearInterval(server)
await scopes.close()
