import { openScopes } from '@scopes/core'
import { couchbaseStore, parseCouchbaseUrl } from '@scopes/couchbase'
import { expressScopes } from '@scopes/http/express'
import express from 'express'
import { clusterAddress } from './cluster-address.ts'
import { Session } from './session.ts'

const address = await clusterAddress()
console.log(`COUCHBASE_URL=${address}`)

// Nothing else is different from any other store.
const store = couchbaseStore({ ...parseCouchbaseUrl(address), durability: 'none' })
const scopes = await openScopes({ application: 'example', store, openTimeoutMs: 60_000 })

const app = express()
const web = expressScopes(scopes, { session: Session })
app.use(web)

app.get('/', async (request, response) => {
  const session = await web.session(request)
  await session.update(draft => {
    draft.visits++
    draft.answeredBy = [`process ${process.pid}`, ...draft.answeredBy].slice(0, 5)
  })
  response.json(session.value)
})

// On the disks of a majority of the nodes before it is answered: no crash of a node brings the session back.
app.post('/logout', async (request, response) => {
  const session = await web.session(request)
  await session.scope.end('logout')
  response.sendStatus(204)
})

const server = app.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1', () => {
  const place = server.address()
  console.log(`http://127.0.0.1:${typeof place === 'object' ? place?.port : place}`)
})

process.once('SIGTERM', () => {
  // What is under way is stored first. The test server, if there is one, ends with the process.
  server.close(() => void scopes.close().then(() => process.exit()))
})
