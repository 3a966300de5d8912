import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Book, leaseMs, openShop } from './open-shop.ts'

const directory = await mkdtemp(join(tmpdir(), 'scopes-locks-'))
const path = join(directory, 'shop.db')
const scopes = await openShop('Anna', path)

// Another process holds the lock: it has read which number is next, and is about to write the invoice.
const ben = fork(new URL('ben.ts', import.meta.url), [path])
const [first] = await once(ben, 'message')
console.log(first)

// Who does not want to wait is told so.
const atOnce = await scopes.lock({ name: 'invoices', timeoutMs: 0, throwOnTimeout: false }, () => 'mine')
console.log(`Anna, without waiting: ${atOnce ?? 'somebody else has the lock'}`)

// Ben's machine stands still. Nothing is heard of him for his lease, and Anna takes the lock over.
ben.kill('SIGSTOP')
await scopes.lock({ name: 'invoices', leaseMs }, async () => {
  const book = await scopes.open(Book, '2026') // in the body: what was read before may be old
  await book.update(draft => void draft.invoices.push({ number: draft.next++, by: 'Anna' }))
  console.log(`Anna writes invoice ${book.value.invoices.at(-1)?.number}`)
})

// Ben comes back and believes that the number is his. What he writes under the lock that he has lost is refused.
ben.kill('SIGCONT')
const [second] = await once(ben, 'message')
console.log(second)
await once(ben, 'exit')

const { value } = await scopes.open(Book, '2026')
console.log(value)
await scopes.close()
await rm(directory, { recursive: true })
