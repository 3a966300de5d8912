import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { memoryStore } from '@scopes/core'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type ApplicationSettings, openApplication } from '../../src/index.ts'
import { type Handler, type Shop, frameworks, listen } from './serve.ts'

const cookieOf = (response: Response): string =>
  response.headers
    .getSetCookie()
    .map(line => line.split(';')[0])
    .join('; ')

/** Something to wait for. */
function signal(): { readonly come: () => void; readonly hasCome: Promise<void> } {
  let come = (): void => {}
  const hasCome = new Promise<void>(resolve => (come = resolve))
  return { come, hasCome }
}

describe.each(Object.keys(frameworks))('%s', framework => {
  async function serve(handler: Handler, settings: object = {}, left?: () => void): Promise<string> {
    const given = { name: 'shop', store: memoryStore(), reaper: false, clientManagement: true, ...settings }
    const shop: Shop = await openApplication(given as ApplicationSettings)
    onTestFinished(() => shop.close())
    const listener = await frameworks[framework]?.(shop, handler)
    if (listener === undefined) throw new Error(`There is no framework ${framework}.`)
    return listen(listener, left)
  }

  test('all four scopes are at hand, and what is assigned is stored before the answer', async () => {
    const url = await serve(async (request, path) => {
      const [session, client] = [await request.session(), await request.client()]
      const [application, server] = [await request.application(), await request.server()]
      if (path === '/set') {
        session['user'] = 'ann'
        client['theme'] = 'dark'
        application['motd'] = 'hello'
        server['region'] = 'north'
      }
      return { status: 200, json: [session['user'], client['theme'], application['motd'], server['region']] }
    })
    const cookie = cookieOf(await fetch(`${url}/set`))
    const answer = await fetch(`${url}/get`, { headers: { cookie } })
    expect(await answer.json()).toEqual(['ann', 'dark', 'hello', 'north'])
  })

  test('a request that touches nothing gets no cookie, and one that is answered with 5xx stores nothing', async () => {
    const url = await serve(async (request, path) => {
      if (path === '/') return { status: 200, json: 1 }
      ;(await request.session())['user'] = 'ann'
      return { status: 503, json: 1 }
    })
    expect((await fetch(url)).headers.getSetCookie()).toEqual([])
    const failed = await fetch(`${url}/fail`)
    expect([failed.status, failed.headers.getSetCookie()]).toEqual([503, []])
  })

  test('an application that cannot be started answers no request; the next one tries again', async () => {
    let tries = 0
    const settings = {
      onApplicationStart: () => {
        if (++tries === 1) throw new Error('no database')
      },
    }
    const url = await serve(async () => ({ status: 200, json: 'here' }), settings)
    const first = await fetch(url)
    expect([first.status, await first.json()]).toEqual([500, 'no database'])
    expect(await (await fetch(url)).json()).toBe('here')
  })

  test('what cannot be stored fails the request with its path', async () => {
    const url = await serve(async request => {
      ;(await request.session())['callback'] = () => undefined
      return { status: 200, json: 1 }
    })
    const answer = await fetch(url)
    expect([answer.status, await answer.json()]).toEqual([422, expect.stringContaining('callback')])
  })

  test('the application is free to end when the answers have gone', async () => {
    const ends: string[] = []
    const url = await serve(
      async (request, path) => {
        if (path === '/stop') await request.applicationStop()
        return { status: 200, json: ends }
      },
      { onApplicationEnd: () => void ends.push('end') },
    )
    await (await fetch(url)).text()
    expect(await (await fetch(`${url}/stop`)).json()).toEqual(['end'])
  })

  test('the application does not end while code runs whose client has gone; what it changes then is stored', async () => {
    const events: string[] = []
    const [begun, gone, goOn] = [signal(), signal(), signal()]
    const url = await serve(
      async (request, path) => {
        if (path === '/stop') await request.applicationStop()
        else {
          begun.come()
          await goOn.hasCome
          const application = await request.application()
          application['last'] = 'kept'
          events.push('done')
        }
        return { status: 200, json: events }
      },
      {
        name: 'left',
        onApplicationEnd: ({ application }: { readonly application: object }) =>
          void events.push(JSON.stringify(application)),
      },
      gone.come,
    )
    const client = new AbortController()
    const slow = fetch(`${url}/slow`, { signal: client.signal }).catch(() => undefined)
    await begun.hasCome
    client.abort()
    await Promise.all([slow, gone.hasCome])
    const waiting = signal()
    const hear = (message: unknown): void => {
      const { type, lock } = message as { readonly type: string; readonly lock: string }
      if (type === 'waiting' && lock.includes('left:use')) waiting.come()
    }
    subscribe('scopes:lock', hear)
    onTestFinished(() => void unsubscribe('scopes:lock', hear))
    const stopped = fetch(`${url}/stop`).then(answer => answer.text())
    await Promise.race([waiting.hasCome, stopped])
    goOn.come()
    await stopped
    expect(events).toEqual(['done', '{"last":"kept"}'])
  })

  test('an id in the URL names a session where that is switched on, and its pages tell nobody of it', async () => {
    const url = await serve(
      async (request, path) => {
        const session = await request.session()
        if (path === '/set') session['user'] = 'ann'
        return { status: 200, json: [session['user'], session.cfid] }
      },
      { allowUrlIds: true },
    )
    const [, id] = (await (await fetch(`${url}/set`)).json()) as string[]
    const answer = await fetch(`${url}/get?CFID=${id}`)
    const seen = (await answer.json()) as unknown[]
    expect([seen[0], answer.headers.get('referrer-policy'), answer.headers.getSetCookie()]).toEqual([
      'ann',
      'same-origin',
      [],
    ])
  })
})
