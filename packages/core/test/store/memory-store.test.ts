import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { StoreToken } from '../../src/document/stored-document.ts'
import type { DocumentStore, MutationResult } from '../../src/store/document-store.ts'
import { memoryStore } from '../../src/store/memory-store.ts'
import { propertySettings } from '../document/property-settings.ts'
import { SettableClock } from './settable-clock.ts'

const key = 'session:shop:1'
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

/** The token of a mutation that has to succeed. */
async function done(result: Promise<MutationResult>): Promise<StoreToken> {
  const answer = await result
  if (answer.type === 'refused') throw new Error(`refused: ${answer.reason}`)
  return answer.token
}

async function textAt(store: DocumentStore, name: string = key): Promise<string | undefined> {
  const document = await store.load(name)
  return document && new TextDecoder().decode(document.bytes)
}

describe('mutations', () => {
  test('carry out what they say and refuse what their token does not fit', async () => {
    const store = memoryStore()
    const unused = await done(store.insert('session:shop:2', bytesOf('x')))
    expect(await store.append(key, bytesOf('b'), unused)).toEqual({ type: 'refused', reason: 'missing' })
    expect(await store.replace(key, bytesOf('b'), unused)).toEqual({ type: 'refused', reason: 'missing' })
    expect(await store.remove(key, unused)).toEqual({ type: 'refused', reason: 'missing' })

    const inserted = await done(store.insert(key, bytesOf('a')))
    expect(await store.insert(key, bytesOf('b'))).toEqual({ type: 'refused', reason: 'exists' })
    const appended = await done(store.append(key, bytesOf('b'), inserted))
    expect(await textAt(store)).toBe('ab')
    expect(await store.append(key, bytesOf('c'), inserted)).toEqual({ type: 'refused', reason: 'stale' })
    const replaced = await done(store.replace(key, bytesOf('z'), appended))
    expect(await store.replace(key, bytesOf('y'), appended)).toEqual({ type: 'refused', reason: 'stale' })
    expect(await textAt(store)).toBe('z')
    expect(await store.remove(key, appended)).toEqual({ type: 'refused', reason: 'stale' })
    await done(store.remove(key, replaced))
    expect(await store.load(key)).toBeUndefined()
  })

  test('take effect in the order of the calls, though nobody waits', async () => {
    const store = memoryStore()
    const token = await done(store.insert(key, bytesOf('0')))
    const racing = ['a', 'b', 'c'].map(letter => store.append(key, bytesOf(letter), token))
    const loaded = textAt(store)
    expect((await Promise.all(racing)).map(({ type }) => type)).toEqual(['done', 'refused', 'refused'])
    expect(await loaded).toBe('0a')
  })

  test('keep nothing of the bytes that were handed in, and change none that were handed out', async () => {
    const store = memoryStore()
    const handedIn = Buffer.from('aa')
    const inserted = await done(store.insert(key, handedIn))
    handedIn.fill(120)
    const loaded = await store.load(key)
    const frame = Buffer.from('bb')
    const appended = await done(store.append(key, frame, inserted))
    frame.fill(120)
    expect(await textAt(store)).toBe('aabb')
    const replacement = Buffer.from('cc')
    await done(store.replace(key, replacement, appended))
    replacement.fill(120)
    expect(await textAt(store)).toBe('cc')
    expect(new TextDecoder().decode(loaded?.bytes)).toBe('aa')
  })

  test('a long tail of appends is joined once and not for each load', async () => {
    const store = memoryStore()
    let token = await done(store.insert(key, bytesOf('-')))
    for (let index = 0; index < 1000; index++) token = await done(store.append(key, bytesOf(`${index},`), token))
    const first = await store.load(key)
    expect(first?.bytes.length).toBe(1 + Array.from({ length: 1000 }, (_, index) => `${index},`).join('').length)
    expect((await store.load(key))?.bytes).toBe(first?.bytes)
  })
})

describe('tokens (T1, G1)', () => {
  test('rise with every change of a key, removals and new lives included, and are never used twice', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('insert', 'append', 'replace', 'remove', 'expire'), { maxLength: 40 }),
        async steps => {
          const clock = new SettableClock()
          const store = memoryStore({ clock })
          const tokens: StoreToken[] = []
          for (const step of steps) {
            const held = tokens.at(-1) ?? (0n as StoreToken)
            if (step === 'expire') {
              clock.forward(3_600_000)
              continue
            }
            const writing = { expiresAt: clock.in(60) }
            const result = await {
              insert: () => store.insert(key, bytesOf('a'), writing),
              append: () => store.append(key, bytesOf('b'), held),
              replace: () => store.replace(key, bytesOf('c'), held, writing),
              remove: () => store.remove(key, held),
            }[step]()
            if (result.type === 'done') tokens.push(result.token)
          }
          expect(tokens).toEqual([...new Set(tokens)].sort((left, right) => (left < right ? -1 : 1)))
        },
      ),
      propertySettings(100),
    )
  })

  test('of a later store of the same name are greater: a restart does not repeat them', async () => {
    const clock = new SettableClock()
    const before = await done(memoryStore({ clock }).insert(key, bytesOf('a')))
    clock.forward(1)
    expect(await done(memoryStore({ clock }).insert(key, bytesOf('a')))).toBeGreaterThan(before)
  })
})

describe('expiry', () => {
  test('a document is missing from its second on, for every operation', async () => {
    const clock = new SettableClock()
    const store = memoryStore({ clock })
    const token = await done(store.insert(key, bytesOf('a'), { expiresAt: clock.in(60) }))
    clock.forward(59_999)
    expect(await textAt(store)).toBe('a')
    clock.forward(1)
    expect(await store.load(key)).toBeUndefined()
    expect(await store.append(key, bytesOf('b'), token)).toEqual({ type: 'refused', reason: 'missing' })
    expect(await store.replace(key, bytesOf('b'), token)).toEqual({ type: 'refused', reason: 'missing' })
    expect(await store.remove(key, token)).toEqual({ type: 'refused', reason: 'missing' })
    expect(await done(store.insert(key, bytesOf('new')))).toBeGreaterThan(token)
  })

  test('comes for each document in its own second', async () => {
    const clock = new SettableClock()
    const store = memoryStore({ clock })
    const names = ['session:shop:3', 'session:shop:1', 'session:shop:2']
    for (const name of names) {
      await done(store.insert(name, bytesOf('a'), { expiresAt: clock.in(10 * Number(name.at(-1))) }))
    }
    const left: number[] = []
    for (let second = 0; second <= 30; second += 5) {
      left.push((await Promise.all(names.map(name => store.load(name)))).filter(Boolean).length)
      clock.forward(5000)
    }
    expect(left).toEqual([3, 3, 2, 2, 1, 1, 0])
  })

  test('stays when the document grows, and is what a replacement says', async () => {
    const clock = new SettableClock()
    const store = memoryStore({ clock })
    const other = 'session:shop:2'
    const first = await done(store.insert(key, bytesOf('a'), { expiresAt: clock.in(60) }))
    const second = await done(store.append(key, bytesOf('b'), first))
    await done(store.insert(other, bytesOf('o'), { expiresAt: clock.in(30) }))
    clock.forward(45_000)
    expect(await textAt(store, other)).toBeUndefined()
    const third = await done(store.replace(key, bytesOf('c'), second, { expiresAt: clock.in(100) }))
    clock.forward(60_000)
    expect(await textAt(store)).toBe('c')
    await done(store.replace(key, bytesOf('d'), third))
    clock.forward(86_400_000_000)
    expect(await textAt(store)).toBe('d')
  })
})

describe('calls that are not executed', () => {
  test('an aborted call rejects with the reason as cause and outcome none, and changes nothing', async () => {
    const store = memoryStore()
    const token = await done(store.insert(key, bytesOf('a')))
    const reason = new Error('gone')
    const signal = AbortSignal.abort(reason)
    const refused = { code: 'store-unavailable', outcome: 'none', cause: reason }
    await expect(store.load(key, { signal })).rejects.toMatchObject(refused)
    await expect(store.insert('session:shop:2', bytesOf('b'), { signal })).rejects.toMatchObject(refused)
    await expect(store.append(key, bytesOf('b'), token, { signal })).rejects.toMatchObject(refused)
    await expect(store.replace(key, bytesOf('b'), token, { signal })).rejects.toMatchObject(refused)
    await expect(store.remove(key, token, { signal })).rejects.toMatchObject(refused)
    await expect(store.open({ signal })).rejects.toMatchObject(refused)
    expect(await textAt(store)).toBe('a')
    expect(await textAt(store, 'session:shop:2')).toBeUndefined()
  })

  test('a signal that aborts after the call changes nothing about its answer', async () => {
    const store = memoryStore()
    const controller = new AbortController()
    const insert = store.insert(key, bytesOf('a'), { signal: controller.signal })
    controller.abort()
    expect(await insert).toMatchObject({ type: 'done' })
  })

  test('a closed store refuses with outcome none, and has its documents when it is opened again', async () => {
    const store = memoryStore()
    const token = await done(store.insert(key, bytesOf('a')))
    await store.close()
    await store.close()
    const refused = { code: 'store-unavailable', outcome: 'none' }
    await expect(store.load(key)).rejects.toMatchObject(refused)
    await expect(store.append(key, bytesOf('b'), token)).rejects.toMatchObject(refused)
    await store.open()
    await store.open()
    expect(await textAt(store)).toBe('a')
  })
})

test('a log length that is no whole number of at least 1 is refused', () => {
  for (const logLength of [0, -1, 1.5, NaN, Infinity]) {
    expect(() => memoryStore({ logLength })).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
  }
})
