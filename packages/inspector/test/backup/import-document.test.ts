import { defineScope, type DocumentStore, memoryStore, openScopes, type Scopes } from '@scopes/core'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Importer } from '../../src/backup/import-document.ts'

const Session = defineScope({ kind: 'session', initial: () => ({ hits: 0 }) })
const key = 'session:shop:1'

describe('a document that is imported', () => {
  test('takes the place of an earlier version of its life, and is not put over a later one', async () => {
    const { scopes, bytes } = await source()
    await hit(scopes)
    const early = await bytes()
    await hit(scopes)
    const late = await bytes()
    const store = memoryStore()
    const importer = new Importer(store)
    expect(await importer.add(moved(early))).toBe('imported')
    expect(await importer.add(moved(late))).toBe('imported')
    expect(await importer.add(moved(late))).toBe('present')
    expect(await importer.add(moved(early))).toBe('present')
    expect(await bytesIn(store)).toEqual(late)
  })

  test('never revives what has ended', async () => {
    const { scopes, bytes } = await source()
    await hit(scopes)
    const living = await bytes()
    await (await scopes.open(Session, '1')).end()
    const ended = await bytes()
    const store = memoryStore()
    expect(await new Importer(store).add(moved(ended))).toBe('imported')
    expect(await new Importer(store).add(moved(living))).toBe('present')
    expect(await bytesIn(store)).toEqual(ended)
  })

  test('an end takes the place of the life that it ends', async () => {
    const { scopes, bytes } = await source()
    await hit(scopes)
    const living = await bytes()
    await (await scopes.open(Session, '1')).end()
    const ended = await bytes()
    const store = memoryStore()
    await new Importer(store).add(moved(living))
    expect(await new Importer(store).add(moved(ended))).toBe('imported')
    expect(await bytesIn(store)).toEqual(ended)
  })

  test('of another life takes no place, but that of an end which the same import has brought', async () => {
    const { scopes, bytes } = await source()
    await hit(scopes)
    await (await scopes.open(Session, '1')).end()
    const ended = await bytes()
    await hit(scopes)
    const next = await bytes()
    const store = memoryStore()
    await new Importer(store).add(moved(ended))
    expect(await new Importer(store).add(moved(next))).toBe('kept')
    expect(await bytesIn(store)).toEqual(ended)

    const other = memoryStore()
    const importer = new Importer(other)
    await importer.add(moved(ended))
    expect(await importer.add(moved(next))).toBe('imported')
    expect(await bytesIn(other)).toEqual(next)
  })

  test('of another history of the same life leaves the store as it is', async () => {
    const { scopes, bytes } = await source()
    await hit(scopes)
    const common = await bytes()
    await hit(scopes)
    const ours = await bytes()
    const store = memoryStore()
    await new Importer(store).add(moved(common))
    const there = await scopesIn(store)
    await hit(there)
    await hit(there)
    const theirs = await bytesIn(store)
    expect(await new Importer(store).add(moved(ours))).toBe('kept')
    expect(await bytesIn(store)).toEqual(theirs)
    // Neither by more versions.
    for (let count = 0; count < 3; count++) await hit(scopes)
    expect(await new Importer(store).add(moved(await bytes()))).toBe('kept')
    expect(await bytesIn(store)).toEqual(theirs)
  })
})

async function source(): Promise<{ readonly scopes: Scopes; readonly bytes: () => Promise<Uint8Array> }> {
  const store = memoryStore()
  return { scopes: await scopesIn(store), bytes: () => bytesIn(store) }
}

async function scopesIn(store: DocumentStore): Promise<Scopes> {
  const scopes = await openScopes({ application: 'shop', store, reaper: false })
  onTestFinished(() => scopes.close())
  return scopes
}

async function hit(scopes: Scopes): Promise<void> {
  await (await scopes.open(Session, '1')).update(draft => void draft.hits++)
}

function moved(bytes: Uint8Array): { readonly key: string; readonly bytes: Uint8Array; readonly expiry: object } {
  return { key, bytes, expiry: {} }
}

async function bytesIn(store: DocumentStore): Promise<Uint8Array> {
  const document = await store.load(key)
  if (document === undefined) throw new Error(`There is no ${key}.`)
  return new Uint8Array(document.bytes)
}
