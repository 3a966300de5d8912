import { memoryStore, openScopes } from '@scopes/core'
import express from 'express'
import { expect, test } from 'vitest'
import { expressScopes } from '../../src/express.ts'
import { Client, definitions } from '../behaviour/shop-scopes.ts'
import { Visitor } from '../behaviour/visitor.ts'
import { listen } from '../listen.ts'

test('a path that renew excludes moves no deadline and sends no cookie; the name of a request is in its commits', async () => {
  let now = Date.now()
  const clock = { now: () => now, monotonic: () => performance.now(), sleep: () => Promise.resolve() }
  const scopes = await openScopes({ application: 'shop', store: memoryStore({ clock }), clock, reaper: false })
  const web = expressScopes(scopes, definitions, {
    now: clock.now,
    renew: request => request.url !== '/poll',
    requestId: request => request.headers['x-request-id']?.toString(),
  })
  const app = express()
  app.use(web)
  app.get('/visit', async (request, response) => {
    ;(await web.client(request)).draft.visits++
    response.json('done')
  })
  app.get(['/poll', '/page'], async (request, response) => void response.json((await web.client(request)).value.visits))
  const visitor = new Visitor(await listen(app))
  await visitor.get('/visit')
  await visitor.get('/visit', { headers: { 'x-request-id': 'request-2' } })
  const id = visitor.valueOf('client') ?? ''
  const { deadline, scope } = await scopes
    .open(Client, id)
    .then(opened => ({ deadline: opened.deadline, scope: opened }))
  expect(scope.history().at(-1)?.origin.request).toBe('request-2')
  now += 10 * 86_400_000
  expect((await visitor.get('/poll')).setCookies).toEqual([])
  expect((await scopes.open(Client, id)).deadline).toBe(deadline)
  expect((await visitor.get('/page')).setCookies).toHaveLength(1)
  expect((await scopes.open(Client, id)).deadline).toBeGreaterThan(deadline ?? Infinity)
  await scopes.close()
})
