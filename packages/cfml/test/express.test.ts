import http, { type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { memoryStore } from '@scopes/core'
import express from 'express'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { type ApplicationSettings, openApplication } from '../src/index.ts'
import { type ExpressApplication, expressApplication } from '../src/express.ts'

type Variables = Record<string, unknown>
type Web = ExpressApplication<Variables, Variables, Variables, Variables>

let errors: string[]

beforeEach(() => {
  errors = []
})

/** Listens until the test has finished. @returns where */
async function listen(listener: RequestListener): Promise<string> {
  const server = http.createServer(listener)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function serve(routes: (app: express.Express, web: Web) => void, settings: object = {}): Promise<string> {
  const given = { name: 'shop', store: memoryStore(), reaper: false, ...settings }
  const shop = await openApplication(given as ApplicationSettings)
  onTestFinished(() => shop.close())
  const web = expressApplication(shop)
  const app = express()
  app.use(web)
  routes(app, web)
  app.use(
    (error: Error & { status?: number }, _: express.Request, res: express.Response, _next: express.NextFunction) => {
      errors.push(error.message)
      res.status(error.status ?? 500).json({ error: error.message })
    },
  )
  return listen(app)
}

const cookieOf = (response: Response): string =>
  response.headers
    .getSetCookie()
    .map(line => line.split(';')[0])
    .join('; ')

test('all four scopes are at hand in a request, and what is assigned is stored before the answer', async () => {
  const url = await serve(
    (app, web) => {
      app.post('/set', async (req, res) => {
        ;(await web.session(req))['user'] = 'ann'
        ;(await web.client(req))['theme'] = 'dark'
        ;(await web.application(req))['motd'] = 'hello'
        ;(await web.server(req))['region'] = 'north'
        res.sendStatus(204)
      })
      app.get('/get', async (req, res) => {
        const [session, client] = [await web.session(req), await web.client(req)]
        const [application, server] = [await web.application(req), await web.server(req)]
        res.json([session['user'], client['theme'], application['motd'], server['region'], server.node.productname])
      })
    },
    { clientManagement: true },
  )
  const cookie = cookieOf(await fetch(`${url}/set`, { method: 'POST' }))
  const answer = await fetch(`${url}/get`, { headers: { cookie } })
  expect(await answer.json()).toEqual(['ann', 'dark', 'hello', 'north', 'node'])
})

test('a request that touches nothing costs nothing and gets no cookie', async () => {
  const url = await serve(app => void app.get('/', (_req, res) => void res.json(1)))
  expect((await fetch(url)).headers.getSetCookie()).toEqual([])
})

test('an answer of 5xx stores nothing', async () => {
  const url = await serve((app, web) => {
    app.post('/', async (req, res) => {
      ;(await web.session(req))['user'] = 'ann'
      res.sendStatus(503)
    })
  })
  expect((await fetch(url, { method: 'POST' })).headers.getSetCookie()).toEqual([])
})

test('an application that cannot be started answers no request; the next one tries again', async () => {
  let tries = 0
  const settings = {
    onApplicationStart: () => {
      if (++tries === 1) throw new Error('no database')
    },
  }
  const url = await serve(app => void app.get('/', (_req, res) => void res.json('here')), settings)
  expect((await fetch(url)).status).toBe(500)
  expect(errors).toEqual(['no database'])
  expect(await (await fetch(url)).json()).toBe('here')
})

test('what cannot be stored fails the request with its path', async () => {
  const url = await serve((app, web) => {
    app.post('/', async (req, res) => {
      ;(await web.session(req))['callback'] = () => undefined
      res.sendStatus(204)
    })
  })
  expect((await fetch(url, { method: 'POST' })).status).toBe(422)
  expect(errors).toEqual([expect.stringContaining('callback')])
})

test('the application is free to end when the answers have gone', async () => {
  const ends: string[] = []
  const url = await serve(
    (app, web) => {
      app.get('/', (_req, res) => void res.json(1))
      app.post('/stop', async (req, res) => {
        await web.of(req).applicationStop()
        res.json(ends)
      })
    },
    { onApplicationEnd: () => void ends.push('end') },
  )
  await (await fetch(url)).text()
  expect(await (await fetch(`${url}/stop`, { method: 'POST' })).json()).toEqual(['end'])
})
