import { createServer } from 'node:http'
import { defineScope, memoryStore, openScopes } from '@scopes/core'

// What a scope holds, and how long it lives when nobody uses it.
const Page = defineScope({
  kind: 'page',
  initial: () => ({ visits: 0, lastVisitors: [] as string[] }),
  idle: '90d',
})

// This store forgets everything when the process ends; `sqliteStore({ path })` of @scopes/sqlite does not.
const scopes = await openScopes({ application: 'quick-start', store: memoryStore() })

// Subscribe: the current value now, and each later one, whoever made it.
const front = await scopes.open(Page, 'front')
front.select(page => page.visits).subscribe(visits => console.log(`visits: ${visits}`))

// Open and update: requests that come at the same moment all count.
async function visit(visitor: string): Promise<string> {
  const page = await scopes.open(Page, 'front')
  await page.update(draft => {
    draft.visits++
    draft.lastVisitors = [visitor, ...draft.lastVisitors].slice(0, 5)
  })
  return JSON.stringify(page.value)
}

const server = createServer((request, response) => {
  visit(request.headers['user-agent'] ?? 'somebody').then(
    body => response.setHeader('content-type', 'application/json').end(body),
    (error: unknown) => response.writeHead(503).end(String(error)),
  )
})
server.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1', () => {
  const address = server.address()
  console.log(`http://127.0.0.1:${typeof address === 'object' ? address?.port : address}`)
})

process.once('SIGTERM', () => {
  server.close(() => void scopes.close()) // what is under way is stored first
})
