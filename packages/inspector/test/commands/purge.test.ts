import { PassThrough } from 'node:stream'
import { defineScope, type DocumentStore, memoryStore, openScopes } from '@scopes/core'
import { expect, test } from 'vitest'
import { describeDocument } from '../../src/documents/described-document.ts'
import { purgeReason } from '../../src/documents/purgeable.ts'
import { describeEachPlace, places } from '../each-place.ts'
import { type ProgramResult, rowsOf, runScopes } from '../run-scopes.ts'
import { fillShop, inShop } from '../shop.ts'

const day = 86_400_000

describeEachPlace('what is purged', place => {
  test('only what is dead is removed, and of that what was asked for', async () => {
    const { address, open } = await place()
    const store = await open()
    await fillWithoutExpiry(store)

    // While their time is not over the store has them by right.
    expect(rowsOf(await runScopes(['purge', address, '--yes', '--json']))).toEqual([])
    const now = (): number => Date.now() + day
    const dry = await runScopes(['purge', address, '--dry-run', '--json'], { now })
    expect(byKey(dry).map(({ reason }) => reason)).toEqual(['expired', 'delivered', 'expired'])
    expect(await runScopes(['list', address, '--json'])).not.toMatchObject({ stdout: '' })

    const purged = await runScopes(['purge', address, '--yes', '--json'], { now })
    expect(purged.exitCode).toBe(0)
    expect(byKey(purged)).toMatchObject([
      { key: 'session:shop:visitor-1', reason: 'expired', isRemoved: true },
      { key: 'session:shop:visitor-2', reason: 'delivered', isRemoved: true },
      { key: 'session:shop:visitor-3', reason: 'expired', isRemoved: true },
    ])
    expect(byKey(await runScopes(['list', address, '--json', '--all']))).toMatchObject([
      { key: 'cart:shop:for-ever', state: 'living' },
      { key: 'session:shop:damaged', state: 'unreadable' },
      { key: 'somebody', state: 'foreign' },
    ])
    const rest = await runScopes(['purge', address, '--yes', '--unreadable', '--json'], { now })
    expect(rowsOf(rest)).toMatchObject([{ key: 'session:shop:damaged', reason: 'unreadable', isRemoved: true }])
  })
})

test('what is written between the look and the removal stays', async () => {
  const { address, open } = await places.sqlite()
  const store = await open()
  await fillWithoutExpiry(store)
  const key = 'session:shop:visitor-3'
  const renewed = await store.load(key)
  if (renewed === undefined) throw new Error('It is there.')
  // The program has looked at all of them when it prints the first row.
  const stdout = new PassThrough({ highWaterMark: 1 })
  const running = runScopes(['purge', address, '--yes', '--json'], { now: () => Date.now() + day, stdout })
  const first = await new Promise(resolve => stdout.once('readable', () => resolve(stdout.read())))
  expect(String(first)).toContain('visitor-1')
  await store.replace(key, renewed.bytes, renewed.token)
  stdout.resume()
  await running
  expect(await store.load(key)).toBeDefined()
})

test('who is not there is not asked: nothing is removed', async () => {
  const { address, open } = await places.sqlite()
  await inShop(await open(), fillShop)
  expect(await runScopes(['purge', address])).toMatchObject({ exitCode: 2, stdout: '' })
})

test.each([
  ['yes\n', 0],
  ['no\n', 1],
  ['\n', 1],
])('who answers %j is obeyed', async (answer, left) => {
  const { address, open } = await places.sqlite()
  await fillWithoutExpiry(await open())
  const stdin = new PassThrough()
  stdin.write(answer)
  const now = (): number => Date.now() + day
  const result = await runScopes(['purge', address, '--kind', 'session'], { now, stdin, isTerminal: true })
  expect(result.exitCode).toBe(left)
  expect(result.stderr).toContain('Remove 3 documents from sqlite:')
  const rows = rowsOf(await runScopes(['list', address, '--json', '--kind', 'session']))
  expect(rows).toHaveLength(left === 0 ? 1 : 4)
})

test('an end that waits for its handlers is never taken for delivered', async () => {
  const store = memoryStore()
  const Session = defineScope({ kind: 'session', initial: () => ({ hits: 0 }), idle: '30m', keepEnds: '7d' })
  const scopes = await openScopes({ application: 'shop', store, reaper: false })
  for (const id of ['living', 'ended']) {
    await (await scopes.open(Session, id)).update(draft => void draft.hits++)
  }
  await (await scopes.open(Session, 'ended')).end()
  const reasonsAt = async (ms: number): Promise<readonly unknown[]> => {
    const documents = await Promise.all(['living', 'ended'].map(id => store.load(`session:shop:${id}`)))
    return documents.map(document => {
      return document && purgeReason(describeDocument({ key: 'session:shop:x', ...document }, ms), ms)
    })
  }
  expect(await reasonsAt(Date.now() + 6 * day)).toEqual([undefined, undefined])
  expect(await reasonsAt(Date.now() + 8 * day)).toEqual(['undelivered', 'undelivered'])
  await scopes.close()
})

/** No store has its documents in the order of another one. */
function byKey(result: ProgramResult): readonly Readonly<Record<string, unknown>>[] {
  return rowsOf(result).toSorted((one, other) => (String(one['key']) < String(other['key']) ? -1 : 1))
}

/** As an import of another program might have left it: the store itself drops nothing. */
async function fillWithoutExpiry(store: DocumentStore): Promise<void> {
  const source = memoryStore()
  const ids = ['session:shop:visitor-1', 'session:shop:visitor-2', 'session:shop:visitor-3']
  const scopes = await openScopes({ application: 'shop', store: source, reaper: false })
  await fillShop(scopes)
  const Cart = defineScope({ kind: 'cart', initial: () => ({ hits: 0 }) })
  await (await scopes.open(Cart, 'for-ever')).update(draft => void draft.hits++)
  await store.insert('session:shop:damaged', Buffer.alloc(60))
  await store.insert('somebody', Buffer.from('{}'))
  for (const key of [...ids, 'cart:shop:for-ever']) {
    const document = await source.load(key)
    if (document) await store.insert(key, document.bytes)
  }
  await scopes.close()
}
