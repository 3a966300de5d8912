import { setTimeout } from 'node:timers/promises'
import { LockLostError } from '@scopes/core'
import { Book, leaseMs, openShop } from './open-shop.ts'

/** The other process. */
const scopes = await openShop('Ben', process.argv[2] ?? '')

await scopes
  .lock({ name: 'invoices', leaseMs }, async () => {
    const book = await scopes.open(Book, '2026')
    const { next } = book.value
    process.send?.(`Ben has the lock, and writes invoice ${next} soon`)
    await setTimeout(300) // he is stopped meanwhile
    await book.update(draft => {
      draft.invoices.push({ number: next, by: 'Ben' })
      draft.next = next + 1
    })
    process.send?.(`Ben writes invoice ${next}`)
  })
  .catch((error: unknown) => {
    if (!(error instanceof LockLostError)) throw error
    process.send?.(`Ben, back again: ${error.code}, nothing was written`)
  })
await scopes.close()
process.disconnect()
