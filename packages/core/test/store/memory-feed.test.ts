import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { FeedMessage, FeedOptions, FeedToken } from '../../src/feed/change-feed.ts'
import type { StoreToken } from '../../src/document/stored-document.ts'
import type { DocumentStore } from '../../src/store/document-store.ts'
import { memoryStore, type MemoryStoreOptions } from '../../src/store/memory-store.ts'
import { propertySettings } from '../document/property-settings.ts'
import { SettableClock } from './settable-clock.ts'

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

/** A store of short texts, and what its feed says, shortened. */
class TextStore {
  readonly clock = new SettableClock()
  readonly store: DocumentStore
  readonly #tokens = new Map<string, StoreToken>()

  constructor(options: MemoryStoreOptions = {}) {
    this.store = memoryStore({ clock: this.clock, ...options })
  }

  /** Afterwards the document is this text; undefined removes it. */
  async write(key: string, text: string | undefined, expiresAt?: number): Promise<void> {
    const token = (await this.store.load(key)) && this.#tokens.get(key)
    if (text === undefined) {
      if (token !== undefined) await this.store.remove(key, token)
      return
    }
    const result = await (token === undefined
      ? this.store.insert(key, bytesOf(text), { expiresAt })
      : this.store.replace(key, bytesOf(text), token, { expiresAt }))
    if (result.type === 'refused') throw new Error(`refused: ${result.reason}`)
    this.#tokens.set(key, result.token)
  }

  read(options: FeedOptions = {}): AsyncIterator<FeedMessage> {
    const { feed } = this.store
    if (feed === undefined) throw new Error('The store has no feed.')
    return feed.open(options)[Symbol.asyncIterator]()
  }

  probe(): Promise<void> {
    return this.store.feed?.probe() ?? Promise.reject(new Error('The store has no feed.'))
  }
}

async function next(reading: AsyncIterator<FeedMessage>): Promise<FeedMessage> {
  const result = await reading.next()
  if (result.done === true) throw new Error('The feed has ended.')
  return result.value
}

/** The messages up to the next `caught-up`, it included. */
async function untilCaughtUp(reading: AsyncIterator<FeedMessage>): Promise<FeedMessage[]> {
  const messages: FeedMessage[] = []
  for (;;) {
    const message = await next(reading)
    messages.push(message)
    if (message.type === 'caught-up') return messages
  }
}

function short(message: FeedMessage): string {
  if (message.type === 'document') return `${message.key}=${new TextDecoder().decode(message.bytes)}`
  return message.type === 'removed' ? `${message.key} ${message.reason}` : message.type
}

describe('where it starts', () => {
  test('now, on an idle store: caught-up at once, and its token is a position from which all that follows comes', async () => {
    const text = new TextStore()
    await text.write('session:shop:old', '0')
    const reading = text.read({ since: 'now' })
    const first = await next(reading)
    expect(first.type).toBe('caught-up')
    await reading.return?.()
    for (const id of [1, 2, 3]) await text.write(`session:shop:${id}`, 'x')
    const resumed = await untilCaughtUp(text.read({ since: first.feedToken }))
    expect(resumed.map(short)).toEqual(['session:shop:1=x', 'session:shop:2=x', 'session:shop:3=x', 'caught-up'])
  })

  test('now is the call of open, not the first pull', async () => {
    const text = new TextStore()
    const reading = text.read()
    await text.write('session:shop:1', 'a')
    expect((await untilCaughtUp(reading)).map(short)).toEqual(['caught-up'])
    expect(short(await next(reading))).toBe('session:shop:1=a')
  })

  test('beginning: all current documents, then caught-up, then what changes', async () => {
    const text = new TextStore()
    await text.write('session:shop:1', 'a')
    await text.write('session:shop:2', 'b')
    await text.write('session:shop:3', 'c')
    await text.write('session:shop:2', undefined)
    const reading = text.read({ since: 'beginning' })
    expect((await untilCaughtUp(reading)).map(short)).toEqual(['session:shop:1=a', 'session:shop:3=c', 'caught-up'])
    await text.write('session:shop:1', 'd')
    expect(short(await next(reading))).toBe('session:shop:1=d')
  })

  test('beginning: a document that is inserted meanwhile comes once, one that changes comes in its newest state', async () => {
    const text = new TextStore()
    await text.write('session:shop:1', 'a')
    await text.write('session:shop:2', 'b')
    const reading = text.read({ since: 'beginning' })
    expect(short(await next(reading))).toBe('session:shop:1=a')
    await text.write('session:shop:2', 'bb')
    await text.write('session:shop:3', 'c')
    expect((await untilCaughtUp(reading)).map(short)).toEqual(['session:shop:2=bb', 'caught-up'])
    await text.probe()
    expect((await untilCaughtUp(reading)).map(short)).toEqual(['session:shop:2=bb', 'session:shop:3=c', 'caught-up'])
  })

  test('snapshot-bounds: a token handed out while all documents are sent leads back to the ones not sent yet', async () => {
    const text = new TextStore()
    for (const id of [1, 2, 3]) await text.write(`session:shop:${id}`, 'x')
    const { feedToken } = await next(text.read({ since: 'beginning' }))
    const resumed = (await untilCaughtUp(text.read({ since: feedToken }))).map(short)
    expect(resumed).toEqual(expect.arrayContaining(['session:shop:2=x', 'session:shop:3=x', 'caught-up']))
  })

  test('uuid: a token of another store, or one ahead of this: rolled-back, then all documents, then caught-up', async () => {
    const text = new TextStore()
    const other = new TextStore()
    for (const id of [1, 2, 3]) await other.write(`session:shop:${id}`, 'x')
    await text.write('session:shop:1', 'a')
    const [foreign] = await untilCaughtUp(other.read())
    const [own] = await untilCaughtUp(text.read())
    const ahead = own?.feedToken.replace(/\d+$/, '99') as FeedToken
    for (const since of [foreign?.feedToken, ahead]) {
      const reading = text.read({ since })
      expect((await untilCaughtUp(reading)).map(short)).toEqual(['rolled-back', 'session:shop:1=a', 'caught-up'])
    }
  })

  test('what is no token at all is refused at the first pull', async () => {
    for (const since of ['', 'now ', 'then', 'm1.0123456789abcdef.', 'm1.0123456789abcdef.-1', 's1.x.1']) {
      const pull = new TextStore().read({ since: since as FeedToken }).next()
      await expect(pull).rejects.toMatchObject({ code: 'invalid-argument' })
    }
  })
})

describe('what it delivers', () => {
  test('removals and expiries, with their own tokens, in order', async () => {
    const text = new TextStore()
    const reading = text.read()
    await untilCaughtUp(reading)
    await text.write('session:shop:1', 'a', text.clock.in(60))
    const document = await next(reading)
    await text.write('session:shop:2', 'b')
    await text.write('session:shop:2', undefined)
    text.clock.forward(60_000)
    const removed = await next(reading)
    const expired = await next(reading)
    expect([document, removed, expired].map(short)).toEqual([
      'session:shop:1=a',
      'session:shop:2 deleted',
      'session:shop:1 expired',
    ])
    const tokens = [document, removed, expired].map(message => ('token' in message ? message.token : 0n))
    expect(tokens).toEqual([...tokens].sort((left, right) => (left < right ? -1 : 1)))
  })

  test('only the kinds asked for; without bytes if asked for', async () => {
    const text = new TextStore()
    await text.write('client:shop:1', 'c')
    await text.write('session:shop:1', 's')
    await text.write('sessions:shop:1', 'n')
    const all = text.read({ since: 'beginning', kinds: ['session'], keysOnly: true })
    expect((await untilCaughtUp(all)).map(short)).toEqual(['session:shop:1=', 'caught-up'])
    await text.write('client:shop:1', undefined)
    await text.write('session:shop:1', 't')
    expect(await next(all)).toMatchObject({ key: 'session:shop:1', bytes: undefined })
  })

  test('lost, backfill: a reader that is too slow for the log is told lost, then all documents, then caught-up', async () => {
    const text = new TextStore({ logLength: 4 })
    const slow = text.read()
    const first = await next(slow)
    await text.write('session:shop:gone', 'a')
    await text.write('session:shop:gone', undefined)
    for (const id of [1, 2, 3]) await text.write(`session:shop:${id}`, 'x')
    const messages = await untilCaughtUp(slow)
    expect(messages.map(short)).toEqual([
      'lost',
      'session:shop:1=x',
      'session:shop:2=x',
      'session:shop:3=x',
      'caught-up',
    ])
    // Until then a restart is told so again, whatever message it had come to.
    for (const { feedToken } of [first, ...messages.slice(0, -1)]) {
      expect(short(await next(text.read({ since: feedToken })))).toBe('lost')
    }
    expect(short(await next(text.read({ since: messages.at(-1)?.feedToken })))).toBe('caught-up')
  })

  test('exactly as far back as the log reaches, nothing is lost', async () => {
    const text = new TextStore({ logLength: 4 })
    const slow = text.read()
    await next(slow)
    for (const id of [1, 2, 3, 4]) await text.write(`session:shop:${id}`, 'x')
    await text.probe()
    expect(await untilCaughtUp(slow)).toHaveLength(5)
  })

  test('a reader at any pace, from any token, ends at the newest state of every key, each key in order', async () => {
    const step = fc.record({
      type: fc.constantFrom('write', 'write', 'remove', 'pull', 'pull', 'resume'),
      id: fc.integer({ min: 0, max: 3 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 8 }), async (steps, logLength) => {
        const text = new TextStore({ logLength })
        const seen = new Map<string, string>()
        const tokens = new Map<string, bigint>()
        let reading = text.read({ since: 'beginning' })
        let feedToken: FeedToken | undefined
        let written = 0
        const take = (message: FeedMessage): void => {
          feedToken = message.feedToken
          // All documents follow; what is not among them is gone.
          if (message.type === 'lost') seen.clear()
          if (message.type !== 'document' && message.type !== 'removed') return
          expect(message.token).toBeGreaterThanOrEqual(tokens.get(message.key) ?? 0n)
          tokens.set(message.key, message.token)
          if (message.type === 'removed') seen.delete(message.key)
          else seen.set(message.key, new TextDecoder().decode(message.bytes))
        }
        for (const { type, id } of steps) {
          const key = `session:shop:${id}`
          if (type === 'write') await text.write(key, String(++written))
          else if (type === 'remove') await text.write(key, undefined)
          else {
            if (type === 'resume' && feedToken !== undefined) reading = text.read({ since: feedToken })
            await text.probe()
            take(await next(reading))
          }
        }
        await text.probe()
        text.clock.forward(1)
        await text.probe()
        for (let isBehind = true; isBehind;) {
          const message = await next(reading)
          take(message)
          isBehind = message.type !== 'caught-up' || message.asOf < text.clock.monotonic()
        }
        const stored = new Map<string, string>()
        for (const id of [0, 1, 2, 3]) {
          const document = await text.store.load(`session:shop:${id}`)
          if (document) stored.set(`session:shop:${id}`, new TextDecoder().decode(document.bytes))
        }
        expect(seen).toEqual(stored)
      }),
      propertySettings(150),
    )
  })
})

describe('probe', () => {
  test('makes every open reading say caught-up as of the call, behind all that was written before', async () => {
    const text = new TextStore()
    const readings = [text.read(), text.read({ kinds: ['client'] })]
    for (const reading of readings) await next(reading)
    text.clock.forward(1000)
    await text.write('session:shop:1', 'a')
    const asked = text.clock.monotonic()
    await text.probe()
    text.clock.forward(1000)
    const [all, clients] = await Promise.all(readings.map(untilCaughtUp))
    expect(all?.map(short)).toEqual(['session:shop:1=a', 'caught-up'])
    expect(all?.at(-1)).toMatchObject({ asOf: asked })
    expect(clients).toMatchObject([{ type: 'caught-up', asOf: asked }])
  })

  test('wakes a reading that waits', async () => {
    const text = new TextStore()
    const reading = text.read()
    await next(reading)
    const waiting = next(reading)
    await text.probe()
    expect((await waiting).type).toBe('caught-up')
  })

  test('is answered even if others follow faster than the reader comes to them', async () => {
    const text = new TextStore()
    const reading = text.read()
    await next(reading)
    const types: string[] = []
    for (let round = 0; round < 6; round++) {
      await text.write(`session:shop:${2 * round}`, 'x')
      await text.write(`session:shop:${2 * round + 1}`, 'x')
      await text.probe()
      types.push((await next(reading)).type)
    }
    expect(types).toContain('caught-up')
  })

  test('of a closed store, or with an aborted signal, rejects', async () => {
    const { store } = new TextStore()
    await expect(store.feed?.probe({ signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'store-unavailable',
    })
    await store.close()
    await expect(store.feed?.probe()).rejects.toMatchObject({ code: 'store-unavailable' })
  })
})

describe('how it ends', () => {
  test('when the signal aborts, waiting or not', async () => {
    const text = new TextStore()
    const controller = new AbortController()
    const reading = text.read({ signal: controller.signal })
    await next(reading)
    const waiting = reading.next()
    controller.abort()
    expect(await waiting).toEqual({ done: true, value: undefined })
    const aborted = text.read({ since: 'beginning', signal: controller.signal })
    expect(await aborted.next()).toEqual({ done: true, value: undefined })
  })

  test('when the reader leaves, even while it waits', async () => {
    const text = new TextStore()
    const reading = text.read()
    await next(reading)
    const waiting = reading.next()
    await reading.return?.()
    expect(await waiting).toEqual({ done: true, value: undefined })
    expect(await reading.next()).toEqual({ done: true, value: undefined })
  })

  test('when the store closes; a reading of then does not go on when it is opened again', async () => {
    const text = new TextStore()
    const reading = text.read()
    const idle = text.read()
    await next(reading)
    const waiting = reading.next()
    await text.store.close()
    expect(await waiting).toEqual({ done: true, value: undefined })
    await expect(text.read().next()).rejects.toMatchObject({ code: 'store-unavailable' })
    await text.store.open()
    expect(await idle.next()).toEqual({ done: true, value: undefined })
    expect((await next(text.read())).type).toBe('caught-up')
  })
})
