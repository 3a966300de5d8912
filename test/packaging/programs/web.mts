import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { defineScope, openScopes } from '@scopes/core'
import { expressScopes } from '@scopes/http/express'
import { sqliteStore } from '@scopes/sqlite'
import express from 'express'

// Express with a session on SQLite: a visitor comes twice.
const [path = ''] = process.argv.slice(2)
const Session = defineScope({ kind: 'session', initial: () => ({ hits: 0 }), idle: '30m' })
const scopes = await openScopes({ application: 'consumer', store: sqliteStore({ path }) })
const web = expressScopes(scopes, { session: Session })
const app = express()
app.use(web)
app.get('/', async (req, res) => {
  const session = await web.session(req)
  session.draft.hits++
  res.json(session.value)
})
const server = app.listen(0, '127.0.0.1')
await once(server, 'listening')
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`

const first = await fetch(url)
assert.deepEqual(await first.json(), { hits: 1 })
const cookie = first.headers.getSetCookie().map(line => line.split(';')[0])
const second = await fetch(url, { headers: { cookie: cookie.join('; ') } })
assert.deepEqual(await second.json(), { hits: 2 })
assert.equal((await fetch(url).then(answer => answer.json() as Promise<{ hits: number }>)).hits, 1)

server.close()
await scopes.close()
