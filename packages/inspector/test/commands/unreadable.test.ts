import { Readable } from 'node:stream'
import type { DocumentStore } from '@scopes/core'
import { expect, test } from 'vitest'
import { describeEachPlace, places } from '../each-place.ts'
import { rowsOf, runScopes } from '../run-scopes.ts'
import { fillShop, inShop } from '../shop.ts'

const damagedKey = 'session:shop:damaged'

describeEachPlace('a store with a document that cannot be read', place => {
  test('verify names it and ends with 1; list has it as a row; show says what is wrong', async () => {
    const { address, open } = await place()
    await fillDamaged(await open())

    const verified = await runScopes(['verify', address, '--json'])
    expect(verified).toMatchObject({ exitCode: 1, stderr: '' })
    expect(rowsOf(verified)).toMatchObject([
      { key: damagedKey, state: 'unreadable', error: expect.stringContaining('in the frame at byte 0') as unknown },
      { documents: 5, unreadable: 1, foreign: 1, states: { living: 2, ended: 1, unreadable: 1, foreign: 1 } },
    ])
    const listed = await runScopes(['list', address, '--json', '--state', 'unreadable'])
    expect(listed).toMatchObject({ exitCode: 0, stderr: '' })
    expect(rowsOf(listed)).toMatchObject([{ key: damagedKey, kind: 'session', id: 'damaged' }])
    const shown = await runScopes(['show', address, damagedKey])
    expect(shown).toMatchObject({ exitCode: 1, stdout: '' })
    expect(shown.stderr).toContain('is unreadable, in the frame at byte 0')
  })
})

test('a store in which every document can be read is verified with 0', async () => {
  const { address, open } = await places.sqlite()
  await inShop(await open(), fillShop)
  expect(await runScopes(['verify', address])).toEqual({
    exitCode: 0,
    stdout: '3 documents: 2 living, 1 ended\n',
    stderr: '',
  })
})

test('it is exported as it is, and no import takes it', async () => {
  const [from, to] = [await places.sqlite(), await places.sqlite()]
  await fillDamaged(await from.open())
  const exported = await runScopes(['export', from.address])
  expect(exported.exitCode).toBe(0)
  expect(exported.stderr).toContain('4 documents exported')
  const imported = await runScopes(['import', to.address, '--json'], { stdin: Readable.from([exported.stdout]) })
  expect(imported.exitCode).toBe(1)
  expect(rowsOf(imported)).toMatchObject([
    { key: damagedKey, result: 'unreadable' },
    { documents: 4, imported: 3, unreadable: 1 },
  ])
})

async function fillDamaged(store: DocumentStore): Promise<void> {
  await store.insert(damagedKey, Buffer.alloc(60))
  await store.insert('somebody', Buffer.from('{}'))
  await inShop(store, fillShop)
}
