import { expect, test } from 'vitest'
import { type Scope, type Scopes, defineScope, memoryStore, openScopes } from '../../src/index.ts'
import { pack } from '../../src/document/packer.ts'
import { hasReportedCases, hostilePatches, reportedEdits, reportedValues } from '../reported-values.ts'

interface Bag {
  v?: unknown
  [key: string]: unknown
}

interface Readers {
  readonly writer: unknown
  readonly reader: unknown
  readonly replica: unknown
  readonly replay: unknown
}

const Values = defineScope({ kind: 'value', initial: (): Bag => ({}), limits: { bytes: 1_000_000 } })

function scopeOf(initial: () => Bag): ReturnType<typeof defineScope<Bag>> {
  return defineScope({ kind: 'edit', initial, limits: { bytes: 1_000_000 } })
}

async function twoProcesses(): Promise<{ readonly one: Scopes; readonly two: Scopes }> {
  const store = memoryStore()
  const one = await openScopes({ application: 'shop', store })
  return { one, two: await openScopes({ application: 'shop', store }) }
}

/** The state as its writer, another process, a follower of the feed and the history have it. */
async function readersOf(one: Scopes, two: Scopes, scope: Scope<Bag>, definition: typeof Values): Promise<Readers> {
  const other = await two.open(definition, scope.id)
  let replica: unknown
  for await (const change of one.feed({ since: 'beginning' })) {
    if (change.type === 'caught-up') break
    if ('value' in change) replica = change.value
  }
  return { writer: scope.value, reader: other.value, replica, replay: other.at(scope.version) }
}

for (const { id, make, expect: expected, allowed, path } of reportedValues) {
  test(`V: the value ${id} is ${expected} for writer, reader, replica and history`, async () => {
    const { one, two } = await twoProcesses()
    const scope = await one.open(Values, 'v')
    await scope.update(draft => void (draft['before'] = 1))
    const outcome = await scope
      .update(draft => void (draft.v = make()))
      .then(
        () => 'stored' as const,
        (error: unknown) => error,
      )
    if (expected === 'refused' || (expected === 'either' && outcome !== 'stored')) {
      expect(outcome).toMatchObject({ outcome: 'none' })
      if (id !== 'u8-1MiB')
        expect(outcome).toMatchObject({ code: 'invalid-state', path: path ?? expect.arrayContaining(['v']) })
      else
        expect(outcome).toMatchObject({
          code: 'too-large',
          biggest: expect.arrayContaining([expect.objectContaining({ path: ['v'] })]),
        })
      expect(scope.version).toBe(1)
      await scope.update(draft => void (draft['after'] = 1))
      expect((await two.open(Values, 'v')).value).toEqual({ before: 1, after: 1 })
      return
    }
    expect(outcome).toBe('stored')
    const readers = await readersOf(one, two, scope, Values)
    for (const state of Object.values(readers)) {
      const { v } = state as Bag
      if (expected === 'same') expect(allowed).toContainEqual(v)
      else if (expected === 'faithful') expect(v).toStrictEqual(make())
      expect(v).toStrictEqual((readers.writer as Bag).v)
      expect(orderOf(v)).toEqual(orderOf((readers.writer as Bag).v))
    }
  })
}

for (const edit of reportedEdits) {
  test(`V: the edit ${edit.id} is the same for writer, reader, replica and history`, async () => {
    const { one, two } = await twoProcesses()
    const definition = scopeOf(() => ({}))
    const scope = await one.open(definition, 'v')
    await scope.update(draft => void Object.assign(draft, edit.base(), { seed: 1 }))
    const outcome = await scope
      .update(draft => edit.recipe(draft))
      .then(
        () => 'stored' as const,
        (error: unknown) => error,
      )
    if (edit.expect === 'refused' || (edit.expect === 'either' && outcome !== 'stored')) {
      expect(outcome).toMatchObject({ outcome: 'none' })
      expect(scope.version).toBe(1)
      return
    }
    expect(outcome).toBe('stored')
    expect(scope.version).toBe(edit.noWrite ? 1 : 2)
    const expected = edit.noWrite ? [edit.base()] : edit.expect === 'same' ? edit.allowed : [edit.after?.()]
    for (const state of Object.values(await readersOf(one, two, scope, definition))) {
      const { seed: _seed, ...rest } = state as Bag
      expect(expected).toContainEqual(rest)
    }
    expect(scope.at(1)).toMatchObject({ seed: 1 })
    if (edit.shared) {
      edit.shared.n = 2
      expect(scope.value['x']).toEqual({ n: 1 })
      edit.shared.n = 1
    }
    if (edit.id === 'same-node-twice') {
      await scope.update(draft => void ((draft['a'] as { n: number }).n = 3))
      expect((await two.open(definition, 'v')).value).toMatchObject({ a: { n: 3 }, b: { n: 2 } })
    }
  })
}

test.skipIf(!hasReportedCases)(
  'V03: reserved keys in a stored diff are refused on reading, pollute nothing, and the document stays as it is',
  async () => {
    for (const { patch } of hostilePatches) {
      const store = memoryStore()
      const one = await openScopes({ application: 'shop', store })
      const scope = await one.open(Values, 'v')
      await scope.update(draft => void Object.assign(draft, { x: {}, l: [] }))
      const { foreignCommit } = await import('./foreign-commit.ts')
      const before = await store.load('value:shop:v')
      if (before === undefined) throw new Error('The scope is stored.')
      const frame = foreignCommit(before.bytes, pack(hostileDiff(patch.path.flat())))
      await store.append('value:shop:v', frame, before.token)
      const two = await openScopes({ application: 'shop', store })
      await expect(two.open(Values, 'v')).rejects.toMatchObject({ code: 'unreadable', key: 'value:shop:v' })
      await expect(scope.update(draft => void (draft.v = 1))).rejects.toMatchObject({
        code: 'unreadable',
        outcome: 'none',
      })
      expect('polluted' in {}).toBe(false)
      expect((await store.load('value:shop:v'))?.bytes).toEqual(new Uint8Array([...before.bytes, ...frame]))
    }
  },
)

/** The path as a diff of this library would hold it: object changes by property down to a write. */
function hostileDiff(path: readonly unknown[]): unknown {
  const diff = path.reduceRight<unknown>((node, key) => [2, key, node], [0, 1])
  return [1, 1, 0, ['foreign'], diff]
}

/** The order of keys and entries, at every depth. */
function orderOf(value: unknown): unknown {
  if (value instanceof Map) return [...value].map(([key, entry]) => [key, orderOf(entry)])
  if (value instanceof Set) return [...value].map(orderOf)
  if (Array.isArray(value)) return value.length > 1000 ? value.length : value.map(orderOf)
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || value instanceof Date)
    return typeof value
  return Object.entries(value).map(([key, entry]) => [key, orderOf(entry)])
}
