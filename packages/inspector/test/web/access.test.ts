import { describe, expect, test } from 'vitest'
import { inspector } from '../../src/web/inspector.ts'
import { serveInspector } from '../../src/web/serve-inspector.ts'
import { memoryStore } from '@scopes/core'
import { ask, openInspector } from './open-inspector.ts'

const token = 'a-token-of-some-length'

describe('without a token', () => {
  test('who is on the machine and names it as such may look', async () => {
    const { url } = await openInspector()
    const { port } = new URL(url)
    for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`, 'shop.localhost']) {
      expect((await ask(url, { headers: { host } })).status, host).toBe(200)
    }
  })

  test('a name that was made to lead here is refused, on every address', async () => {
    const { url } = await openInspector()
    for (const host of ['evil.example', '127.0.0.1.evil.example', 'localhost.evil.example:80', '192.168.1.4']) {
      for (const path of ['', 'main.js', 'api/scopes', 'api/stream']) {
        const { status, body } = await ask(url + path, { headers: { host } })
        expect(status, `${host} ${path}`).toBe(403)
        expect(body).not.toContain('session')
      }
    }
  })

  test('what came through a proxy is refused, for it may come from anywhere', async () => {
    const { url } = await openInspector()
    for (const header of ['x-forwarded-for', 'forwarded', 'via', 'x-real-ip', 'x-forwarded-host']) {
      expect((await ask(`${url}api/scopes`, { headers: { [header]: '203.0.113.9' } })).status, header).toBe(403)
    }
  })

  test('it is not served on an address of others', async () => {
    await expect(serveInspector({ store: memoryStore(), host: '0.0.0.0' })).rejects.toMatchObject({
      code: 'invalid-argument',
    })
  })
})

describe('with a token', () => {
  test('nobody looks without it, also on the machine', async () => {
    const { url } = await openInspector({ token })
    for (const path of ['', 'main.js', 'api/scopes', 'api/scope?key=session:shop:a', 'api/stream']) {
      expect((await ask(url + path)).status, path).toBe(401)
    }
  })

  test('a wrong one is refused, wherever it stands', async () => {
    const { url } = await openInspector({ token })
    for (const wrong of ['', token.slice(1), `${token}x`, token.toUpperCase()]) {
      expect((await ask(`${url}?token=${wrong}`)).status).toBe(401)
      expect((await ask(url, { headers: { authorization: `Bearer ${wrong}` } })).status).toBe(401)
      expect((await ask(url, { headers: { cookie: `scopes-inspector=${wrong}` } })).status).toBe(401)
    }
    // The cookie does not hold the token, so that the token is no cookie.
    expect((await ask(url, { headers: { cookie: `scopes-inspector=${token}` } })).status).toBe(401)
  })

  test('the right one is taken out of the address and becomes a cookie, which opens everything under the path', async () => {
    const { url } = await openInspector({ token })
    const entered = await ask(`${url}?token=${token}`)
    expect(entered).toMatchObject({ status: 303, headers: { location: '/inspector/' } })
    const [cookie = ''] = entered.headers['set-cookie'] ?? []
    expect(cookie).toMatch(/^scopes-inspector=[0-9a-f]{64}; Path=\/inspector; HttpOnly; SameSite=Strict$/)
    expect(cookie).not.toContain(token)
    const headers = { cookie: cookie.split(';')[0] ?? '' }
    for (const path of ['', 'main.js', 'api/scopes']) expect((await ask(url + path, { headers })).status).toBe(200)
  })

  test('a bearer may look, from behind a proxy and by any name', async () => {
    const { url } = await openInspector({ token })
    const headers = { authorization: `Bearer ${token}`, host: 'scopes.example', 'x-forwarded-for': '203.0.113.9' }
    expect((await ask(`${url}api/scopes`, { headers })).status).toBe(200)
  })

  test('one that could be guessed is refused when the inspector is made', () => {
    expect(() => inspector({ store: memoryStore(), token: 'short' })).toThrow('at least 16 characters')
  })
})

describe('in any case', () => {
  test('it only reads: whatever is no GET or HEAD is refused', async () => {
    const { url } = await openInspector()
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      for (const path of ['', 'api/scope?key=session:shop:a', 'api/stream']) {
        const { status, headers } = await ask(url + path, { method })
        expect(status, `${method} ${path}`).toBe(405)
        expect(headers.allow).toBe('GET, HEAD')
      }
    }
  })

  test('a page of another site gets nothing, though its browser is on the machine', async () => {
    const { url } = await openInspector()
    const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }
    expect((await ask(`${url}api/scopes`, { headers })).status).toBe(403)
  })

  test('nothing of another site is loaded, framed or kept', async () => {
    const { url } = await openInspector()
    for (const path of ['', 'main.js', 'api/scopes', 'nothing']) {
      const { headers } = await ask(url + path)
      expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'")
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
      expect(headers['x-content-type-options']).toBe('nosniff')
      expect(headers['cache-control']).toContain('no-store')
      expect(headers['access-control-allow-origin']).toBeUndefined()
    }
    expect((await ask(url)).body).not.toMatch(/https?:\/\//)
  })

  test('only files of the page are served', async () => {
    const { url } = await openInspector()
    for (const path of [
      '../package.json',
      '%2e%2e/package.json',
      '..%2fpackage.json',
      'tsconfig.json',
      'toString',
      'x/main.js',
    ]) {
      expect((await ask(url + path)).status, path).toBe(404)
    }
  })

  test('a path is taken as it stands: one that others know by another name does not lead here', async () => {
    const { url } = await openInspector()
    const paths = [
      '/x/../inspector/api/scopes',
      '/%2e/inspector/',
      '/x\\..\\inspector/',
      '//inspector/',
      '/inspector/../x',
      '*',
    ]
    for (const path of [...paths, 'http://[/', '/inspector%2fapi/scopes', '/INSPECTOR/']) {
      expect((await ask(url, { path })).status, path).toBe(404)
    }
    expect((await ask(url, { path: '/inspector/api/scopes?text=a?b' })).status).toBe(200)
  })

  test('other paths are left to others', async () => {
    const { url } = await openInspector()
    const root = url.replace('/inspector/', '')
    expect((await ask(`${root}/inspectors`)).status).toBe(404)
    expect(await ask(`${root}/inspector`)).toMatchObject({ status: 303, headers: { location: '/inspector/' } })
  })
})
