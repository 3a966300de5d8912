import express from 'express'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Scopes, memoryStore, openScopes } from '@scopes/core'
import { expressScopes } from '../../src/express.ts'
import { ObservedStore } from '../behaviour/observed-store.ts'
import { Session, definitions } from '../behaviour/shop-scopes.ts'
import { sendRaw } from '../behaviour/http-client.ts'
import { listen } from '../listen.ts'

/** What a raw Cookie header may be, and what is right. `who`: the user that the handler sees. */
interface CookieCase {
  readonly id: string
  /** `LIVE` and others stand for ids. */
  readonly lines: readonly string[]
  readonly path?: '/read' | '/write'
  readonly who: string | null
  /** How many Set-Cookie lines for the session. */
  readonly sets: number
  /** How many loads; absent: as it comes. */
  readonly loads?: number
}

const cases: readonly CookieCase[] = [
  { id: 'ck-plain', lines: ['session=LIVE'], who: 'live', sets: 0, loads: 1 },
  { id: 'ck-neighbour-percent', lines: ['foreign=100%; session=LIVE; cut=%E0%A4%A'], who: 'live', sets: 0, loads: 1 },
  { id: 'ck-own-malformed', lines: ['session=%E0%A4%A'], who: null, sets: 0, loads: 0 },
  { id: 'ck-dup-foreign-first', lines: ['session=FOREIGN; session=LIVE'], who: 'live', sets: 0, loads: 2 },
  { id: 'ck-two-header-lines', lines: ['a=1', 'session=LIVE'], who: 'live', sets: 0, loads: 1 },
  { id: 'ck-quoted', lines: ['session="LIVE"'], who: 'live', sets: 0, loads: 1 },
  { id: 'ck-case', lines: ['SESSION=GONE; session=LIVE'], who: 'live', sets: 0, loads: 1 },
  { id: 'ck-spaces', lines: ['  session = LIVE ;;; '], who: 'live', sets: 0, loads: 1 },
  { id: 'ck-empty-value', lines: ['session='], who: null, sets: 0, loads: 0 },
  { id: 'ck-no-equals', lines: ['session; a=1'], who: null, sets: 0, loads: 0 },
  { id: 'ck-nameless', lines: ['=x; session=LIVE'], who: 'live', sets: 0, loads: 1 },
  {
    id: 'ck-proto-names',
    lines: ['__proto__=x; constructor=y; toString=z; session=LIVE'],
    who: 'live',
    sets: 0,
    loads: 1,
  },
  {
    id: 'ck-json-cookie',
    lines: ['session=j%3A%7B%22__proto__%22%3A%7B%22who%22%3A%22live%22%7D%7D'],
    who: null,
    sets: 0,
    loads: 0,
  },
  { id: 'ck-sig-cut', lines: ['session=CUT'], who: null, sets: 0, loads: 1 },
  { id: 'ck-gone', lines: ['session=GONE'], path: '/write', who: null, sets: 1 },
  { id: 'ck-ended', lines: ['session=ENDED'], path: '/write', who: null, sets: 1 },
  { id: 'ck-8k', lines: [`session=${'A'.repeat(8000)}`], who: null, sets: 0, loads: 0 },
  { id: 'ck-latin1', lines: ['a=éÿ; session=LIVE'], who: 'live', sets: 0, loads: 1 },
]

let store: ObservedStore
let scopes: Scopes
let ids: Record<string, string>

beforeAll(async () => {
  store = new ObservedStore(memoryStore())
  scopes = await openScopes({ application: 'shop', store, reaper: false })
  const live = scopes.create(Session)
  await live.update(draft => void (draft.user = 'live'))
  const ended = scopes.create(Session)
  await ended.update(draft => void (draft.user = 'ended'))
  await ended.end('logout')
  ids = {
    LIVE: live.id,
    ENDED: ended.id,
    GONE: 'gone-0123456789abcdefgh',
    FOREIGN: 'foreign-0123456789abcdef',
    CUT: live.id.slice(0, -1),
  }
  return () => scopes.close()
})

describe('raw Cookie headers', () => {
  test.each(cases)('$id', async ({ lines, path = '/read', who, sets, loads }) => {
    const web = expressScopes(scopes, definitions)
    const app = express()
    app.use(web)
    app.get('/read', async (request, response) => void response.json((await web.session(request)).value.user))
    app.get('/write', async (request, response) => {
      const session = await web.session(request)
      const { user } = session.value
      session.draft.hits++
      response.json(user)
    })
    const port = await listen(app)
    store.resetCounts()
    const header = lines.map(line => `Cookie: ${withIds(line)}\r\n`).join('')
    const answer = await sendRaw(port, `GET ${path} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n${header}\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(answer.split('\r\n\r\n')[1]).toBe(JSON.stringify(who))
    const set = answer.match(/^Set-Cookie: .*$/gim) ?? []
    expect(set).toHaveLength(sets)
    for (const line of set) for (const id of Object.values(ids)) expect(line).not.toContain(id)
    if (path === '/read') expect(store.writes).toBe(0)
    if (loads !== undefined) expect(store.loads).toBe(loads)
    expect(({} as { who?: string }).who).toBeUndefined()
  })
})

function withIds(line: string): string {
  return line.replace(/LIVE|ENDED|GONE|FOREIGN|CUT/, word => ids[word] ?? word).replace(/LIVE/, () => ids['LIVE'] ?? '')
}
