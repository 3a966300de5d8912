import { once } from 'node:events'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import express from 'express'
import session from 'express-session'
import { expect, onTestFinished, test } from 'vitest'
import { ScopesStore } from '../../src/express-session.ts'
import type { Place } from '../behaviour/http-client.ts'
import { tlsCertificate } from '../behaviour/tls-certificate.ts'
import { startTlsProxy } from '../behaviour/tls-proxy.ts'
import { Visitor } from '../behaviour/visitor.ts'
import { listen } from '../listen.ts'
import { openShop } from '../open-shop.ts'

declare module 'express-session' {
  interface SessionData {
    n?: number
  }
}

/** A visitor's count, with a cookie for https alone. */
async function application(options: Partial<session.SessionOptions> = {}): Promise<express.Express> {
  const { scopes } = await openShop()
  const app = express()
  const secret = 'a secret of the tests'
  const store = new ScopesStore(scopes)
  app.use(session({ store, secret, resave: false, saveUninitialized: false, cookie: { secure: true }, ...options }))
  app.post('/count', (request, response) => {
    request.session.n = (request.session.n ?? 0) + 1
    response.json(request.session.n)
  })
  return app
}

const places: Readonly<Record<string, () => Promise<Place>>> = {
  'on a server of https': async () => {
    const server = https.createServer({ ...tlsCertificate }, await application())
    await once(server.listen(0, '127.0.0.1'), 'listening')
    onTestFinished(
      () =>
        new Promise<void>(resolve => {
          server.close(() => resolve())
          server.closeAllConnections()
        }),
    )
    return { atPort: (server.address() as AddressInfo).port, isTls: true }
  },
  'behind a proxy that ends TLS': async () => {
    const proxy = await startTlsProxy(await listen(await application({ proxy: true })))
    onTestFinished(() => proxy.close())
    return { atPort: proxy.port, isTls: true }
  },
}

test.each(Object.keys(places))('%s a cookie for https alone is sent, and the session it names is kept', async name => {
  const place = await places[name]?.()
  if (place === undefined) throw new Error(`There is no place ${name}.`)
  const visitor = new Visitor(place)
  const first = await visitor.post('/count')
  expect(first).toMatchObject({ body: '1', setCookies: [expect.stringContaining('; Secure')] })
  expect(await visitor.post('/count')).toMatchObject({ body: '2', setCookies: [] })
})

test('without https it is not sent, and nobody has a session', async () => {
  const visitor = new Visitor(await listen(await application()))
  for (let visit = 0; visit < 2; visit++) {
    expect(await visitor.post('/count')).toMatchObject({ body: '1', setCookies: [] })
  }
})
