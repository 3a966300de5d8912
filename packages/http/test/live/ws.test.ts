import { once } from 'node:events'
import type { IncomingMessage, Server } from 'node:http'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { InvalidArgumentError, type Scope, type Scopes } from '@scopes/core'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { createGate } from '../../src/index.ts'
import { type BindSocketOptions, type SocketLike, bindSocket } from '../../src/ws.ts'
import { Session, type SessionState, definitions } from '../behaviour/shop-scopes.ts'
import { openShop } from '../open-shop.ts'

type Options = BindSocketOptions<SessionState>

const project: Options['project'] = ({ cart }) => cart

async function openSession(scopes: Scopes): Promise<Scope<SessionState>> {
  const session = await scopes.open(Session, 'visitor')
  await session.update(draft => void draft.cart.push('pen'))
  return session
}

/** A server that lets in who has a session, by the gate, as an application would. */
async function serve(scopes: Scopes, options: Options): Promise<string> {
  const gate = createGate(scopes, definitions)
  const sockets = new WebSocketServer({ noServer: true })
  const server: Server = http.createServer()
  server.on('upgrade', (request: IncomingMessage, socket, head) => {
    void (async () => {
      const session = await gate.begin(request.headers.cookie, { isSecure: () => false }).open('session')
      if (session.isNew) return socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n')
      sockets.handleUpgrade(request, socket, head, client => void bindSocket(client, session.scope, options))
      return undefined
    })()
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const client of sockets.clients) client.terminate()
    server.close()
  })
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A browser's socket with the messages that came, in order. */
function connect(url: string, cookie: string): { readonly socket: WebSocket; next(): Promise<unknown> } {
  const socket = new WebSocket(url, { headers: { cookie } })
  const messages: unknown[] = []
  let wake = (): void => {}
  socket.on('message', (data: Buffer) => {
    messages.push(JSON.parse(data.toString('utf8')))
    wake()
  })
  return {
    socket,
    async next() {
      while (messages.length === 0) await new Promise<void>(resolve => (wake = resolve))
      return messages.shift()
    },
  }
}

describe('a socket bound to a session', () => {
  test('is sent the value and each later one, projected', async () => {
    const { scopes } = await openShop()
    const session = await openSession(scopes)
    const client = connect(await serve(scopes, { onEnd: 'close', project }), 'session=visitor')
    expect(await client.next()).toEqual({ type: 'value', stamp: session.stamp, value: ['pen'] })
    await session.update(draft => void draft.cart.push('ink'))
    expect(await client.next()).toEqual({ type: 'value', stamp: session.stamp, value: ['pen', 'ink'] })
  })

  test('is closed by the logout of another request', async () => {
    const { scopes } = await openShop()
    const session = await openSession(scopes)
    const client = connect(await serve(scopes, { onEnd: 'close' }), 'session=visitor')
    await once(client.socket, 'open')
    const closed = once(client.socket, 'close')
    await session.end('logout')
    expect((await closed)[0]).toBe(4401)
  })

  test('is refused by the application when the session had ended before', async () => {
    const { scopes } = await openShop()
    await (await openSession(scopes)).end()
    const client = connect(await serve(scopes, { onEnd: 'close' }), 'session=visitor')
    const [error] = (await once(client.socket, 'error')) as [Error]
    expect(error.message).toContain('401')
  })

  test('the application may decide itself what an end means', async () => {
    const { scopes } = await openShop()
    const session = await openSession(scopes)
    const told = new Promise(resolve => {
      void serve(scopes, { onEnd: resolve }).then(url => connect(url, 'session=visitor').socket.on('open', endIt))
    })
    const endIt = (): void => void session.end('logout')
    expect(await told).toMatchObject({ reason: 'ended', detail: 'logout' })
  })

  test('is told to go elsewhere when the server closes', async () => {
    const { scopes } = await openShop()
    await openSession(scopes)
    const client = connect(await serve(scopes, { onEnd: 'close' }), 'session=visitor')
    await once(client.socket, 'open')
    const closed = once(client.socket, 'close')
    await scopes.close()
    expect((await closed)[0]).toBe(1001)
  })

  test('a browser that does not keep up has one message under way, and gets the newest next', async () => {
    const { scopes } = await openShop()
    const session = await openSession(scopes)
    const socket = new HeldSocket()
    bindSocket(socket, session, { onEnd: 'close', project: ({ hits }) => hits })
    await session.update(draft => void draft.hits++)
    for (let turn = 0; turn < 50; turn++) await session.update(draft => void draft.hits++)
    expect(socket.values).toEqual([0])
    await socket.release()
    expect(socket.values).toEqual([0, 51])
  })

  test('a socket that is gone, or unbound, holds nothing and is sent nothing', async () => {
    const { scopes } = await openShop()
    const session = await openSession(scopes)
    const [gone, unbound] = [new HeldSocket(), new HeldSocket()]
    bindSocket(gone, session, { onEnd: 'close', project })
    const unbind = bindSocket(unbound, session, { onEnd: 'close', project })
    gone.leave()
    unbind()
    await Promise.all([gone.release(), unbound.release()])
    await session.update(draft => void draft.cart.push('ink'))
    await session.end()
    for (const socket of [gone, unbound]) {
      expect(socket.values).toHaveLength(1)
      expect(socket).toMatchObject({ closedWith: undefined, listeners: 0 })
    }
  })

  test('a socket that cannot be written to is let go', async () => {
    const { scopes } = await openShop()
    const session = await openSession(scopes)
    const socket = new HeldSocket()
    bindSocket(socket, session, { onEnd: 'close', project })
    await socket.release(new Error('broken pipe'))
    await session.update(draft => void draft.cart.push('ink'))
    expect(socket.values).toHaveLength(1)
    expect(socket.listeners).toBe(0)
  })

  test('a projection that fails closes the socket as a fault of the server', async () => {
    const { scopes } = await openShop()
    await openSession(scopes)
    const client = connect(await serve(scopes, { onEnd: 'close', project: () => 1n }), 'session=visitor')
    expect((await once(client.socket, 'close'))[0]).toBe(1011)
  })

  test('an onEnd that is none is refused', async () => {
    const { scopes } = await openShop()
    const session = await openSession(scopes)
    const bind = (): unknown => bindSocket(new HeldSocket(), session, { onEnd: 'ignore' as never })
    expect(bind).toThrow(InvalidArgumentError)
  })
})

/** A socket whose other side takes a message only when it is released. */
class HeldSocket implements SocketLike {
  readonly values: unknown[] = []
  closedWith: number | undefined
  readonly #leaving = new Set<() => void>()
  #held: ((error?: Error) => void)[] = []

  get listeners(): number {
    return this.#leaving.size
  }

  send(data: string, done: (error?: Error) => void): void {
    this.values.push((JSON.parse(data) as { value: unknown }).value)
    this.#held.push(done)
  }

  close(code: number): void {
    this.closedWith = code
  }

  on(_event: 'close', listener: () => void): void {
    this.#leaving.add(listener)
  }

  off(_event: 'close', listener: () => void): void {
    this.#leaving.delete(listener)
  }

  leave(): void {
    for (const listener of this.#leaving) listener()
  }

  async release(error?: Error): Promise<void> {
    for (const done of this.#held.splice(0)) done(error)
    await new Promise<void>(resolve => setImmediate(resolve))
  }
}
