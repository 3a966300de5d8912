import { expect, test } from 'vitest'
import {
  type DocumentStore,
  type Scopes,
  ScopeTooLargeError,
  ScopesError,
  defineScope,
  memoryStore,
  openScopes,
} from '../../src/index.ts'
import { counted } from './fixture.ts'

const maxDocumentBytes = 64 * 1024

const Texts = defineScope({
  kind: 'texts',
  initial: (): Record<string, string> => ({}),
  // More than the store has room for.
  limits: { bytes: 10_000_000 },
})

/** A store that takes documents up to a size, and refuses as others do. */
function smallStore(): { readonly store: DocumentStore; readonly sizes: number[] } {
  const inner = memoryStore()
  const sizes: number[] = []
  const mustFit = (bytes: number): void => {
    sizes.push(bytes)
    if (bytes > maxDocumentBytes) throw new ScopesError('too-large', 'It does not fit.', { outcome: 'none' })
  }
  const store: DocumentStore = {
    capabilities: { ...inner.capabilities, maxDocumentBytes },
    feed: inner.feed,
    open: options => inner.open(options),
    load: (key, options) => inner.load(key, options),
    insert: async (key, bytes, options) => {
      mustFit(bytes.length)
      return inner.insert(key, bytes, options)
    },
    append: async (key, bytes, token, options) => {
      mustFit(bytes.length + ((await inner.load(key))?.bytes.length ?? 0))
      return inner.append(key, bytes, token, options)
    },
    replace: async (key, bytes, token, options) => {
      mustFit(bytes.length)
      return inner.replace(key, bytes, token, options)
    },
    remove: (key, token, options) => inner.remove(key, token, options),
    close: () => inner.close(),
  }
  return { store, sizes }
}

async function open(store: DocumentStore, backup: 'await' | 'behind' = 'await'): Promise<Scopes> {
  return openScopes({ application: 'shop', store, cluster: backup === 'await', backup })
}

const text = (bytes: number, letter = 'x'): string => letter.repeat(bytes)

test('a commit for which the document has no room compacts it in the same write', async () => {
  const { store, sizes } = smallStore()
  const { store: watched, counts } = counted(store)
  const scopes = await open(watched)
  const scope = await scopes.open(Texts, 'full')
  await scope.update(draft => void (draft['kept'] = text(40_000)))
  for (let turn = 0; turn < 20; turn++) {
    await scope.update(draft => void (draft['changed'] = text(9_000, String.fromCodePoint(97 + turn))))
  }
  expect(Math.max(...sizes)).toBeGreaterThan(0.8 * maxDocumentBytes)
  expect(counts).toMatchObject({ insert: 1, load: 1 })
  expect(counts.append + counts.replace).toBe(20)
  expect(counts.append).toBeGreaterThan(5)
  const reader = await (await open(store)).open(Texts, 'full')
  expect(reader.value).toEqual({ kept: text(40_000), changed: text(9_000, 't') })
})

test('a state that does not fit into a document names its biggest paths, and the scope goes on', async () => {
  const { store } = smallStore()
  const scopes = await open(store)
  const scope = await scopes.open(Texts, 'full')
  await scope.update(draft => void (draft['kept'] = text(50_000)))
  const error: unknown = await scope
    .update(draft => void (draft['more'] = text(20_000)))
    .then(
      () => expect.fail('it was taken'),
      (reason: unknown) => reason,
    )
  expect(error).toBeInstanceOf(ScopeTooLargeError)
  expect(error).toMatchObject({ outcome: 'none', biggest: [{ path: ['kept'] }, { path: ['more'] }] })
  expect((error as ScopeTooLargeError).limit).toBeLessThan(maxDocumentBytes)
  await scope.update(draft => {
    delete draft['kept']
    draft['more'] = text(20_000)
  })
  expect(scope.value).toEqual({ more: text(20_000) })
  expect((await (await open(store)).open(Texts, 'full')).value).toEqual({ more: text(20_000) })
})

test('commits of one request fit together, also those that create the scope', async () => {
  const { store } = smallStore()
  const scopes = await open(store)
  const scope = await scopes.open(Texts, 'full')
  const write = async (turn: number): Promise<number> =>
    (await scope.update(draft => void (draft['a'] = text(15_000 + turn)))).version
  for (const round of [0, 10]) {
    const versions = await Promise.all(Array.from({ length: 8 }, (_, turn) => write(round + turn)))
    expect(versions.at(-1)).toBe(round === 0 ? 8 : 16)
    const reader = await (await open(store)).open(Texts, 'full')
    expect(reader.value).toEqual({ a: text(15_007 + round) })
  }
})

test('with backup behind what has no room in a document is refused at once, and what has is stored', async () => {
  const { store } = smallStore()
  const scopes = await open(store, 'behind')
  const scope = await scopes.open(Texts, 'full')
  for (let turn = 0; turn < 10; turn++) await scope.update(draft => void (draft['a'] = text(30_000 + turn)))
  await expect(scope.update(draft => void (draft['b'] = text(40_000)))).rejects.toBeInstanceOf(ScopeTooLargeError)
  await scopes.close()
  expect((await (await open(store)).open(Texts, 'full')).value).toEqual({ a: text(30_009) })
})
