import { once } from 'node:events'
import { type AddressInfo } from 'node:net'
import { memoryStore, openScopes } from '@scopes/core'
import { expressScopes } from '@scopes/http/express'
import { type StoreCall, observedStore } from '@scopes/testing'
import express from 'express'
import { type Row, budgetRow } from '../rows.ts'
import { ObjectsScope, changedItem, itemOf } from '../sessions.ts'
import type { Suite } from '../suite.ts'

const names = { read: 'round-trips-read', update: 'round-trips-update', draft: 'round-trips-draft' }

/** What a request asks of the store. */
export const roundTrips: Suite = {
  names: Object.values(names),
  async measure() {
    const calls: StoreCall[] = []
    const store = observedStore(memoryStore(), { onCall: call => calls.push(call) })
    const scopes = await openScopes({ application: 'bench', store })
    const web = expressScopes(scopes, { objects: ObjectsScope })
    const app = express()
    app.use(web)
    app.get('/read', async (request, response) => {
      const { value } = await web.objects(request)
      response.json(itemOf(value.items, changedItem).quantity)
    })
    app.post('/update', async (request, response) => {
      const objects = await web.objects(request)
      await objects.update(draft => void itemOf(draft.items, changedItem).quantity++)
      response.json(itemOf(objects.value.items, changedItem).quantity)
    })
    app.post('/draft', async (request, response) => {
      const objects = await web.objects(request)
      itemOf(objects.draft.items, changedItem).quantity++
      response.json(itemOf(objects.value.items, changedItem).quantity)
    })
    const server = app.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const first = await fetch(`${url}/update`, { method: 'POST' })
    const headers = { cookie: first.headers.getSetCookie().join('; '), connection: 'close' }

    const count = async (method: string, path: string): Promise<readonly StoreCall[]> => {
      calls.length = 0
      const response = await fetch(`${url}${path}`, { method, headers })
      if (!response.ok) throw new Error(`${path} was answered by ${response.status}.`)
      return [...calls]
    }
    const rows = [
      rowOf(names.read, 1, await count('GET', '/read')),
      rowOf(names.update, 2, await count('POST', '/update')),
      rowOf(names.draft, 2, await count('POST', '/draft')),
    ]
    server.close()
    await scopes.close()
    return rows
  },
}

function rowOf(name: string, limit: number, calls: readonly StoreCall[]): Row {
  const note = `one request: ${calls.map(({ method }) => method).join(', ')}`
  return budgetRow({ name, value: calls.length, unit: 'calls', note }, { relation: '=', limit })
}
