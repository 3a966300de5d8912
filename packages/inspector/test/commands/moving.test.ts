import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { places } from '../each-place.ts'
import { rowsOf, runScopes } from '../run-scopes.ts'
import { fillShop, hitUnderLock, inShop } from '../shop.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

test('what is exported from one store and imported into another is what it was, from SQLite to Couchbase and back', async () => {
  const [first, cluster, last] = [await places.sqlite(), await places.couchbase(), await places.sqlite()]
  await inShop(await first.open(), fillShop)
  const file = join(await temporaryDirectory(), 'export.ndjson')

  expect(await runScopes(['export', first.address, '-o', file, '--json'])).toMatchObject({ exitCode: 0 })
  expect(rowsOf(await runScopes(['import', cluster.address, '-i', file, '--json']))).toMatchObject([
    { documents: 3, imported: 3, present: 0, kept: 0, unreadable: 0 },
  ])
  const exported = await runScopes(['export', cluster.address])
  expect(exported.exitCode).toBe(0)
  const imported = await runScopes(['import', last.address, '--json'], { stdin: Readable.from([exported.stdout]) })
  expect(rowsOf(imported)).toMatchObject([{ documents: 3, imported: 3 }])

  expect(await sortedRows(last.address)).toEqual(await sortedRows(first.address))
  const key = 'session:shop:visitor-1'
  const histories = await Promise.all(
    [first, last].map(({ address }) => runScopes(['history', address, key, '--json'])),
  )
  expect(histories[1]).toEqual(histories[0])

  // A store on which an import has been interrupted is imported to once more.
  expect(rowsOf(await runScopes(['import', cluster.address, '-i', file, '--json']))).toMatchObject([
    { documents: 3, imported: 0, present: 3 },
  ])
})

test('a scope that was written under a lock can be written under it where it was moved to', async () => {
  const [from, to] = [await places.couchbase(), await places.sqlite()]
  await inShop(await from.open(), hitUnderLock)
  const { stdout } = await runScopes(['export', from.address])
  expect(stdout).not.toContain('"lock:')
  await runScopes(['import', to.address], { stdin: Readable.from([stdout]) })
  // Tokens of Couchbase are times, those of SQLite begin lower.
  await inShop(await to.open(), hitUnderLock)
  expect(await sortedRows(to.address)).toMatchObject([{ key: 'session:shop:locked', version: 2, value: { hits: 2 } }])
})

test('an export that fails leaves the file as it was', async () => {
  const place = await places.sqlite()
  await inShop(await place.open(), fillShop)
  const file = join(await temporaryDirectory(), 'missing', 'export.ndjson')
  expect(await runScopes(['export', place.address, '-o', file])).toMatchObject({ exitCode: 1, stdout: '' })
  await expect(readFile(file)).rejects.toMatchObject({ code: 'ENOENT' })
})

async function sortedRows(address: string): Promise<readonly unknown[]> {
  const rows = rowsOf(await runScopes(['list', address, '--json', '--values']))
  return rows.toSorted((one, other) => (String(one['key']) < String(other['key']) ? -1 : 1))
}
