import { beforeAll, describe, expect, test } from 'vitest'
import { Browser } from './browser.ts'
import type { Step } from './process/requests.ts'
import { kinds } from './sheet.ts'
import { type WriterProcess, type Writers, startWriters, startMs } from './start-writers.ts'
import { pairs, sharedStores } from './stores.ts'

// Overlapping requests as the systems that we re-create have them, and where they fail. The number is that of the behaviour.

const minute = 60_000

const set = (path: string, value: unknown): Step => ({ type: 'set', path: ['values', ...path.split('.')], value })
const remove = (path: string): Step => ({ type: 'delete', path: ['values', ...path.split('.')] })
const pause = (name: string): Step => ({ type: 'pause', name })

/** Resolves when so many requests wait at the pause, at all processes together. */
async function arrived(processes: readonly WriterProcess[], name: string, count: number): Promise<void> {
  const isThere = (told: { readonly type: string; readonly pause?: string }): boolean => told.pause === name
  const missing = (): number =>
    count - processes.reduce((sum, { told }) => sum + told.filter(message => isThere(message)).length, 0)
  while (missing() > 0) {
    await Promise.any(
      processes.map(writer => writer.untilTold(writer.told.filter(told => isThere(told)).length + 1, isThere)),
    )
  }
}

describe.each(pairs)('$store, $processes applications', ({ store, processes }) => {
  let writers: Writers
  let urls: readonly string[]
  /** Two applications; one is both where the store has no second process. */
  let a: WriterProcess
  let b: WriterProcess
  let urlA: string
  let urlB: string

  beforeAll(async () => {
    writers = await startWriters(store, processes)
    urls = await Promise.all(writers.processes.map(writer => writer.ask('serve', {})))
    const [first, last] = [writers.processes[0], writers.processes.at(-1)]
    if (!first || !last) throw new Error('There is no process.')
    a = first
    b = last
    urlA = urls[0] ?? ''
    urlB = urls.at(-1) ?? ''
    return () => writers.close()
  }, startMs)

  /** Lets go on, at every process, what waits there. */
  const go = async (name: string): Promise<void> => {
    for (const writer of writers.processes) await writer.ask('go', { pause: name })
  }

  test.each(kinds)(
    '22: ten overlapping requests (%s) set two keys each, before and after a pause: all 20 are there',
    async kind => {
      const browser = new Browser('twenty')
      await browser.request(urlA, kind, [set('first', true)])
      const name = `22 ${kind}`
      const requests = Array.from({ length: 10 }, (_, index) =>
        browser.request(urls[index % urls.length] ?? '', kind, [
          set(`before${index}`, index),
          pause(name),
          set(`after${index}`, index),
        ]),
      )
      await arrived(writers.processes, name, 10)
      await go(name)
      expect((await Promise.all(requests)).map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200))
      const { value } = await b.ask('read', browser.sheet(kind))
      const all = Array.from({ length: 10 }, (_, index) => [
        [`before${index}`, index],
        [`after${index}`, index],
      ])
      expect(value.values).toEqual({ first: true, ...Object.fromEntries(all.flat()) })
    },
  )

  test('23: two overlapping requests set one key: the version decides which is the later, no clock, and it is told', async () => {
    const browser = new Browser('23')
    await browser.request(urlA, 'session', [set('key', 'old')])
    const conflicts = await a.countNow('conflict')
    const early = browser.request(urlA, 'session', [set('key', 'early'), pause('23')])
    await arrived([a], '23', 1)
    await b.ask('wait', { ms: 10 * minute })
    await browser.request(urlB, 'session', [set('key', 'between')])
    await go('23')
    await early
    await b.ask('wait', { ms: -10 * minute })
    const { value } = await b.ask('read', browser.sheet('session'))
    expect(value.values).toEqual({ key: 'early' })
    await a.until('conflict', conflicts + 1)
    expect(a.told.filter(({ type }) => type === 'conflict').at(-1)).toEqual({
      type: 'conflict',
      path: 'values key',
      lost: 'theirs',
    })
  })

  test('24: keys that overlapping requests delete stay deleted, whichever of them ends later', async () => {
    const browser = new Browser('24')
    await browser.request(urlA, 'session', [set('k', 1), set('l', 1), set('other', 1)])
    const early = browser.request(urlA, 'session', [set('other', 2), remove('l'), pause('24')])
    await arrived([a], '24', 1)
    await browser.request(urlB, 'session', [remove('k')])
    await go('24')
    await early
    expect((await b.ask('read', browser.sheet('session'))).value.values).toEqual({ other: 2 })
  })

  test('25: a key that a request set before another one stored its own: both are there', async () => {
    const browser = new Browser('25')
    await browser.request(urlA, 'session', [set('first', 1)])
    const early = browser.request(urlA, 'session', [set('m', 1), pause('25')])
    await arrived([a], '25', 1)
    await browser.request(urlB, 'session', [set('n', 1)])
    await go('25')
    await early
    expect((await b.ask('read', browser.sheet('session'))).value.values).toEqual({ first: 1, m: 1, n: 1 })
  })

  test('27: a request that only reads writes nothing, loses no other write, and keeps the scope alive', async () => {
    const browser = new Browser('27')
    await browser.request(urlA, 'session', [set('read', 'me')])
    const sent = await a.countNow('sent')
    const reading = browser.request(urlA, 'session', [pause('27')])
    await arrived([a], '27', 1)
    await browser.request(urlB, 'session', [set('written', 'meanwhile')])
    await go('27')
    expect((await reading).status).toBe(200)
    const before = await b.ask('read', browser.sheet('session'))
    expect(before.value.values).toEqual({ read: 'me', written: 'meanwhile' })
    const written = b === a ? 1 : 0
    expect(await a.countNow('sent')).toBe(sent + written)

    // Half an hour without any use would end it. The renewal is a write of the store, and no version.
    for (let visit = 0; visit < 3; visit++) {
      for (const writer of writers.processes) await writer.ask('wait', { ms: 20 * minute })
      expect((await browser.request(urlA, 'session', [])).values).toEqual(before.value.values)
    }
    expect(await b.ask('read', browser.sheet('session'))).toEqual(before)
    expect(await a.countNow('sent')).toBeGreaterThan(sent + written)
  })

  test('28: an ended session is not revived, neither by a request that was running nor by the next one', async () => {
    const browser = new Browser('28')
    await browser.request(urlB, 'session', [set('key', 1)])
    const sheet = browser.sheet('session')
    const running = browser.request(urlB, 'session', [set('key', 2), pause('28')])
    await arrived([b], '28', 1)
    const old = new Browser('28', browser)
    await browser.request(urlA, 'session', [{ type: 'end' }])
    await go('28')
    expect((await running).outcome).toEqual({ type: 'none', code: 'ended' })
    expect((await old.request(urlB, 'session', [])).values).toEqual({})
    expect((await old.request(urlB, 'session', [set('key', 3)])).status).toBe(200)
    expect(old.sheet('session').id).not.toBe(sheet.id)
    expect(await a.ask('read', sheet)).toMatchObject({ isStored: false, endedBy: 'ended' })
  })
})

describe.each(sharedStores)('%s, of two applications one answers from memory', store => {
  /** A reads the store in each request, B its memory. */
  let a: WriterProcess
  let b: WriterProcess
  let urlA: string
  let urlB: string
  beforeAll(async () => {
    const writers = await startWriters(store, 0)
    a = await writers.add()
    b = await writers.add({ cluster: false })
    urlA = await a.ask('serve', {})
    urlB = await b.ask('serve', {})
    return () => writers.close()
  }, startMs)

  test('26: one number deep inside is stored, in both modes, also when another request stored another key meanwhile', async () => {
    const browser = new Browser('26')
    const item = { sku: 'x', qty: 1 }
    await browser.request(urlA, 'session', [set('cart', { items: [item, item, item, item] })])
    for (const [index, [writer, url, otherUrl]] of (
      [
        [a, urlA, urlB],
        [b, urlB, urlA],
      ] as const
    ).entries()) {
      const name = `26 ${index}`
      const early = browser.request(url, 'session', [set(`cart.items.3.qty`, 5 + index), pause(name)])
      await arrived([writer], name, 1)
      await browser.request(otherUrl, 'session', [set(`key${index}`, index)])
      await writer.ask('go', { pause: name })
      await early
    }
    const { value } = await a.ask('read', browser.sheet('session'))
    expect(value.values).toEqual({ cart: { items: [item, item, item, { sku: 'x', qty: 6 }] }, key0: 0, key1: 1 })
  })

  test('28: a session that memory still holds is not revived by a write after its end, and the writer is told', async () => {
    const browser = new Browser('28')
    await browser.request(urlB, 'session', [set('key', 1)])
    const sheet = browser.sheet('session')
    const old = new Browser('28', browser)
    await browser.request(urlA, 'session', [{ type: 'end' }])
    const { outcome } = await old.request(urlB, 'session', [set('key', 2)])
    expect(outcome).toEqual({ type: 'none', code: 'ended' })
    expect(await a.ask('read', sheet)).toMatchObject({ isStored: false, endedBy: 'ended' })
    expect((await old.request(urlB, 'session', [])).values).toEqual({})
    expect(await b.ask('read', sheet)).toMatchObject({ isStored: false })
  })
})
