import express from 'express'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type ExpressScopesOptions, expressScopes } from '../../src/express.ts'
import { httpDiagnostics } from '../../src/index.ts'
import { type ShopDefinitions, definitions } from '../behaviour/shop-scopes.ts'
import { send } from '../behaviour/http-client.ts'
import { listen } from '../listen.ts'
import { openShop } from '../open-shop.ts'
import { published } from '../published.ts'

async function start(trustsProxy: boolean, options: ExpressScopesOptions<ShopDefinitions>): Promise<number> {
  const { scopes } = await openShop()
  const web = expressScopes(scopes, definitions, options)
  const app = express()
  app.set('trust proxy', trustsProxy)
  app.use(web)
  app.get('/hit', async (request, response) => {
    ;(await web.session(request)).draft.hits++
    response.json('done')
  })
  return listen(app)
}

describe('behind a proxy that ends TLS', () => {
  test.each<[boolean, string | undefined, boolean]>([
    [false, undefined, false],
    [false, 'https', false],
    [true, undefined, false],
    [true, 'http', false],
    [true, 'https', true],
    [true, 'https,http', true],
    [true, 'http,https', false],
  ])('trust proxy %s and X-Forwarded-Proto %s: with secure "auto" Secure is %s', async (trusts, proto, isSecure) => {
    const port = await start(trusts, {})
    const headers = proto === undefined ? {} : { 'x-forwarded-proto': proto }
    const [line = ''] = (await send(port, '/hit', { headers })).setCookies
    expect(line.includes('; Secure')).toBe(isSecure)
  })

  test.each<[boolean, string | undefined, number]>([
    [true, 'https', 0],
    [true, 'https,http', 0],
    [true, 'http', 1],
    [true, undefined, 1],
    [false, 'https', 1],
  ])(
    'trust proxy %s and X-Forwarded-Proto %s: with secure true the cookie has Secure, and there is %s warning',
    async (trusts, proto, count) => {
      const messages = published(httpDiagnostics.insecureCookie)
      const warnings = warningsOf('SCOPES_INSECURE_COOKIE')
      const port = await start(trusts, { cookie: { secure: true } })
      const headers = proto === undefined ? {} : { 'x-forwarded-proto': proto }
      for (let request = 0; request < 2; request++) {
        const reply = await send(port, '/hit', { headers })
        expect(reply.setCookies).toEqual([expect.stringContaining('; Secure')])
      }
      const told = messages.take()
      expect(told).toHaveLength(count)
      expect(warnings()).toEqual(told.map(({ message }) => message))
      for (const { message } of told) expect(message).toMatch(/X-Forwarded-Proto.*trust proxy/)
    },
  )

  test('isSecure decides instead of express', async () => {
    const port = await start(false, { isSecure: request => request.headers['x-tls'] === 'on' })
    expect((await send(port, '/hit', { headers: { 'x-tls': 'on' } })).setCookies[0]).toContain('; Secure')
    expect((await send(port, '/hit')).setCookies[0]).not.toContain('; Secure')
  })

  test('a name with __Host- is refused at the start unless the cookie is secure', async () => {
    const refused = { code: 'invalid-argument', message: /__Host-sid/ }
    await expect(start(true, { cookies: { session: { name: '__Host-sid' } } })).rejects.toMatchObject(refused)
  })
})

/** The warnings of this process with a code, from now on until the test has finished. */
function warningsOf(code: string): () => string[] {
  const messages: string[] = []
  const listener = (warning: Error & { code?: string }): void => {
    if (warning.code === code) messages.push(warning.message)
  }
  process.on('warning', listener)
  onTestFinished(() => void process.off('warning', listener))
  return () => messages
}
