import {
  type DocumentStore,
  type ErrorCode,
  ScopesError,
  type Scopes,
  counter,
  defineScope,
  errorCodes,
  memoryStore,
  openScopes,
} from '@scopes/core'
import { type ScopeRequest, createGate } from '@scopes/http'
import { expect, onTestFinished, test } from 'vitest'

interface VisitState {
  hits: number
  note: unknown
}

const Visit = defineScope({
  kind: 'visit',
  initial: (): VisitState => ({ hits: 0, note: '' }),
  idle: '30m',
  limits: { bytes: 1000 },
  merge: {
    hits: counter(),
    note: () => {
      throw new Error('No rule for this.')
    },
  },
})

/** Where something goes wrong. */
interface Place {
  readonly store: DocumentStore
  readonly scopes: Scopes
}

async function openPlace(): Promise<Place> {
  const store = memoryStore()
  const scopes = await openScopes({ application: 'errors', store, reaper: false })
  onTestFinished(() => scopes.close())
  return { store, scopes }
}

function request({ scopes }: Place): ScopeRequest<{ visit: typeof Visit }> {
  return createGate(scopes, { visit: Visit }).begin(undefined, { isSecure: () => false })
}

/** How each error comes about, and what its message has to name. A new code without a row does not compile. */
const provocations: Readonly<Record<ErrorCode, { readonly names: string; provoke(place: Place): Promise<unknown> }>> = {
  conflict: {
    names: 'visit:errors:v1',
    async provoke({ scopes }) {
      const [visit, other] = [await scopes.open(Visit, 'v1'), await scopes.open(Visit, 'v1')]
      await visit.update(draft => void draft.hits++)
      const work = visit.draft()
      work.value.hits++
      await other.update(draft => void draft.hits++)
      await work.commit({ onConflict: 'fail' })
    },
  },
  ended: {
    names: 'visit:errors:v1',
    async provoke({ scopes }) {
      const visit = await scopes.open(Visit, 'v1')
      await visit.update(draft => void draft.hits++)
      await visit.end()
      await visit.update(draft => void draft.hits++)
    },
  },
  'too-large': {
    names: 'note',
    async provoke({ scopes }) {
      const visit = await scopes.open(Visit, 'v1')
      await visit.update(draft => void (draft.note = 'x'.repeat(2000)))
    },
  },
  'invalid-state': {
    names: 'note',
    async provoke({ scopes }) {
      const visit = await scopes.open(Visit, 'v1')
      await visit.update(draft => void (draft.note = () => {}))
    },
  },
  policy: {
    names: 'note',
    async provoke({ scopes }) {
      const visit = await scopes.open(Visit, 'v1')
      await visit.update(draft => void (draft.note = 'first'))
      const work = visit.draft()
      work.value.note = 'ours'
      await visit.update(draft => void (draft.note = 'theirs'))
      await work.commit()
    },
  },
  unreadable: {
    names: 'visit:errors:v1',
    async provoke({ store, scopes }) {
      await store.insert('visit:errors:v1', new TextEncoder().encode('not of ours'))
      await scopes.open(Visit, 'v1')
    },
  },
  'store-unavailable': {
    names: 'visit:errors:v1',
    async provoke({ scopes }) {
      const visit = await scopes.open(Visit, 'v1')
      await scopes.close()
      await visit.update(draft => void draft.hits++)
    },
  },
  'not-loaded': {
    names: "web.with('visit')",
    provoke: place => Promise.resolve().then(() => request(place).opened('visit')),
  },
  'headers-sent': {
    names: 'visit',
    async provoke(place) {
      const begun = request(place)
      const visit = await begun.open('visit')
      await begun.beforeHeaders(200)
      visit.draft.hits++
    },
  },
  uncommitted: {
    names: 'session.commit()',
    async provoke(place) {
      const begun = request(place)
      const visit = await begun.open('visit')
      visit.draft.hits++
      begun.beforeRawHead(200)
    },
  },
  'lock-timeout': {
    names: 'stock',
    async provoke({ scopes }) {
      let begin = (): void => {}
      const hasBegun = new Promise<void>(resolve => (begin = resolve))
      let release = (): void => {}
      const isDone = new Promise<void>(resolve => (release = resolve))
      const held = scopes.lock({ name: 'stock' }, () => {
        begin()
        return isDone
      })
      await hasBegun
      try {
        await scopes.lock({ name: 'stock', timeoutMs: 0 }, () => {})
      } finally {
        release()
        await held
      }
    },
  },
  'lock-lost': {
    names: 'visit:errors:v1',
    async provoke({ store, scopes }) {
      const visit = await scopes.open(Visit, 'v1')
      await scopes.lock({ scope: visit, leaseMs: 100 }, async lock => {
        const isLost = new Promise(resolve => lock.signal.addEventListener('abort', resolve, { once: true }))
        const key = 'lock:s:visit:errors:v1'
        const stored = await store.load(key)
        if (stored) await store.remove(key, stored.token)
        await isLost
        await visit.update(draft => void draft.hits++)
      })
    },
  },
  'lock-upgrade': {
    names: 'stock',
    provoke: ({ scopes }) =>
      scopes.lock({ name: 'stock', type: 'readonly' }, () => scopes.lock({ name: 'stock' }, () => {})),
  },
  'invalid-argument': {
    names: 'maxStaleMs',
    provoke: ({ scopes }) => scopes.open(Visit, 'v1', { maxStaleMs: -1 }),
  },
}

test.each(Object.entries(provocations))(
  '%s is what a caller meets, with its status, and its message names the thing',
  async (code, provocation) => {
    const place = await openPlace()
    const error = await provocation.provoke(place).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(ScopesError)
    const { status } = errorCodes[code as ErrorCode]
    expect(error).toMatchObject({ code, status, statusCode: status })
    expect((error as ScopesError).message).toContain(provocation.names)
  },
)
