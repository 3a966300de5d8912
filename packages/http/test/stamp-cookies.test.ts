import { type OpenScopesOptions, type Scopes, memoryStore, openScopes } from '@scopes/core'
import { manualClock } from '@scopes/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  type GateOptions,
  type RequestMeta,
  type RequestScope,
  type ScopeGate,
  type ScopeRequest,
  createGate,
} from '../src/index.ts'
import { ObservedStore } from './behaviour/observed-store.ts'
import { type SessionState, type ShopDefinitions, definitions } from './behaviour/shop-scopes.ts'
import { CookieJar } from './cookie-jar.ts'

const plain: RequestMeta = { isSecure: () => false }
const anotherLife = '0123456789abcdef.3.01234567'

interface Node {
  readonly scopes: Scopes
  readonly gate: ScopeGate<ShopDefinitions>
  readonly store: ObservedStore
}

interface NodesOptions extends Partial<OpenScopesOptions> {
  readonly gate?: GateOptions<ShopDefinitions>
}

/** Two nodes on one store. Memory answers for them, and nothing tells one what the other one has written. */
async function openNodes({ gate = {}, ...options }: NodesOptions = {}): Promise<readonly [Node, Node]> {
  const { clock } = options
  const shared = memoryStore(clock ? { clock } : {})
  const open = async (): Promise<Node> => {
    const store = new ObservedStore(shared)
    const scopes = await openScopes({
      application: 'shop',
      store,
      cluster: false,
      reaper: false,
      commitTimeoutMs: 2000,
      ...options,
    })
    onTestFinished(() => scopes.close())
    return { scopes, store, gate: createGate(scopes, definitions, gate) }
  }
  return [await open(), await open()]
}

interface Answer {
  readonly lines: readonly string[]
  readonly session: RequestScope<SessionState>
  /** How often the store was asked for a document. */
  readonly loads: number
}

/** One request; its answer has not arrived. */
async function ask(
  { gate, store }: Node,
  cookie: string | undefined,
  handle: (session: RequestScope<SessionState>) => unknown = () => {},
  status = 200,
): Promise<Answer> {
  const before = store.loads
  const request = gate.begin(cookie, plain)
  const session = await request.open('session')
  await handle(session)
  await request.beforeHeaders(status)
  return { lines: request.setCookies(), session, loads: store.loads - before }
}

/** One request, with its answer taken. */
async function visit(node: Node, jar: CookieJar, ...rest: [handle?: Parameters<typeof ask>[2]]): Promise<Answer> {
  const answer = await ask(node, jar.header, ...rest)
  jar.take(answer.lines)
  return answer
}

const hit = (session: RequestScope<SessionState>): void => void session.draft.hits++

/** A visitor with one hit, whose session both nodes have in memory. */
async function knownVisitor(nodes: readonly [Node, Node]): Promise<CookieJar> {
  const jar = new CookieJar()
  await visit(nodes[0], jar, hit)
  await visit(nodes[1], jar)
  return jar
}

describe('the stamp in the cookie', () => {
  test('lets a visitor read his own write on a node that has not heard of it; memory answers where it has the write', async () => {
    const nodes = await openNodes()
    const jar = await knownVisitor(nodes)
    const { session, lines } = await visit(nodes[0], jar, hit)
    expect(lines).toEqual([`session.stamp=${session.scope.stamp}; Path=/; HttpOnly; SameSite=Lax`])
    expect((await ask(nodes[1], `session=${session.id}`)).session.value.hits).toBe(1)
    const there = await visit(nodes[1], jar)
    expect([there.session.value.hits, there.loads]).toEqual([2, 1])
    expect((await visit(nodes[1], jar)).loads).toBe(0)
    expect((await visit(nodes[0], jar)).loads).toBe(0)
  })

  test('comes with what update has stored, also when the answer is an error; not with a draft that was given up', async () => {
    const nodes = await openNodes()
    const jar = await knownVisitor(nodes)
    const stored = await ask(nodes[0], jar.header, session => session.update(draft => void draft.hits++), 500)
    expect(stored.lines).toEqual([expect.stringMatching(/^session\.stamp=[0-9a-f]{16}\.2\.[0-9a-f]{8};/)])
    expect((await ask(nodes[0], jar.header, hit, 500)).lines).toEqual([])
  })

  test('is not in an answer that wrote nothing: reading, a draft and an update that change nothing', async () => {
    const nodes = await openNodes()
    const jar = await knownVisitor(nodes)
    const stamped = jar.valueOf('session.stamp')
    const elsewhere = await nodes[0].scopes.open(definitions.session, jar.valueOf('session') ?? '')
    await elsewhere.update(draft => void draft.hits++)
    expect((await visit(nodes[0], jar)).lines).toEqual([])
    expect((await visit(nodes[0], jar, session => void session.draft.hits)).lines).toEqual([])
    expect((await visit(nodes[0], jar, session => session.update(() => {}))).lines).toEqual([])
    expect(jar.valueOf('session.stamp')).toBe(stamped)
  })

  test('of two writes at once the older stamp may arrive last: it proves less, and nothing wrong', async () => {
    const nodes = await openNodes()
    const jar = await knownVisitor(nodes)
    const older = await ask(nodes[0], jar.header, hit)
    const newer = await ask(nodes[0], jar.header, hit)
    jar.take(newer.lines)
    jar.take(older.lines)
    const there = await visit(nodes[1], jar)
    expect(there.session.value.hits).toBe(3)
    expect((await visit(nodes[1], jar, hit)).session.value.hits).toBe(4)
  })

  test('an answer that wrote and arrives after that of a login does not bring the old id back', async () => {
    const nodes = await openNodes()
    const jar = await knownVisitor(nodes)
    const written = await ask(nodes[0], jar.header, hit)
    await visit(nodes[0], jar, session => session.rotate())
    const id = jar.valueOf('session')
    jar.take(written.lines)
    expect(jar.valueOf('session')).toBe(id)
    // The stamp of the life before: the store is asked until the visitor writes again.
    for (const node of nodes) expect((await visit(node, jar)).session.value.hits).toBe(2)
    expect((await visit(nodes[1], jar)).loads).toBe(1)
    await visit(nodes[1], jar, hit)
    expect((await visit(nodes[1], jar)).loads).toBe(0)
  })

  test('a rotation brings the stamp of the new id, an end clears both cookies, and a session after it brings its own', async () => {
    const nodes = await openNodes()
    const jar = await knownVisitor(nodes)
    const rotated = await visit(nodes[0], jar, session => session.rotate())
    expect(rotated.lines).toEqual([
      expect.stringMatching(/^session=/),
      expect.stringMatching(`^session.stamp=${rotated.session.scope.stamp};`),
    ])
    const renewed = await ask(nodes[1], jar.header, async session => session.end())
    expect(renewed.lines).toEqual([
      expect.stringMatching(/^session=; Max-Age=0;/),
      expect.stringMatching(/^session\.stamp=; Max-Age=0;/),
    ])
    jar.take(renewed.lines)
    expect(jar.header).toBeUndefined()
    await visit(nodes[0], jar, hit)
    const id = jar.valueOf('session')
    await visit(nodes[0], jar, async session => {
      await session.end()
    })
    await visit(nodes[1], jar, hit)
    expect(jar.valueOf('session')).not.toBe(id)
    expect((await visit(nodes[0], jar)).session.value.hits).toBe(1)
  })

  test('is asked of the store again in each request when it is of a life that is over, until something is written', async () => {
    const nodes = await openNodes()
    const jar = await knownVisitor(nodes)
    jar.take([`session.stamp=${anotherLife}`])
    for (let turn = 0; turn < 3; turn++) {
      const { lines, loads, session } = await visit(nodes[1], jar)
      expect([lines, loads, session.value.hits]).toEqual([[], 1, 1])
    }
    await visit(nodes[1], jar, hit)
    expect((await visit(nodes[1], jar)).loads).toBe(0)
  })
})

describe('what a browser brings is not trusted', () => {
  test.each([
    ['empty', ''],
    ['a word', 'garbage'],
    ['a malformed escape', '%%%'],
    ['a quote', '"'],
    ['a path', '../../etc'],
    ['of 5,000 characters', 'x'.repeat(5000)],
    ['a stamp and more', `${anotherLife}.`],
    ['a stamp in capitals', anotherLife.toUpperCase()],
    ['a version that is too big for a number', '0123456789abcdef.99999999999999999999.01234567'],
  ])('a stamp that is %s is passed over: no error, and the store is not asked', async (_what, stamp) => {
    const nodes = await openNodes()
    const jar = await knownVisitor(nodes)
    const { session, loads } = await ask(nodes[1], `session=${jar.valueOf('session')}; session.stamp=${stamp}`)
    expect([session.isNew, session.value.hits, loads]).toEqual([false, 1, 0])
  })

  test('a stamp that is far ahead costs one question to the store, and so do a thousand', async () => {
    const nodes = await openNodes()
    const jar = await knownVisitor(nodes)
    const id = jar.valueOf('session')
    const [life = ''] = (jar.valueOf('session.stamp') ?? '').split('.')
    const planted = Array.from({ length: 1000 }, (_, number) => `session.stamp=${life}.${number + 9}.01234567`)
    for (const count of [1, 2, 1000]) {
      const { session, loads } = await ask(nodes[1], [`session=${id}`, ...planted.slice(0, count)].join('; '))
      expect([session.isNew, session.value.hits, loads]).toEqual([false, 1, 1])
    }
  })

  test('a planted stamp before the own one does not take the own write away', async () => {
    const nodes = await openNodes()
    const jar = await knownVisitor(nodes)
    const planted = jar.valueOf('session.stamp')
    await visit(nodes[0], jar, hit)
    const there = await ask(nodes[1], `session.stamp=${planted}; ${jar.header}`)
    expect([there.session.value.hits, there.loads]).toEqual([2, 1])
  })

  test('planted ids are looked up as ever, and each with the stamp', async () => {
    const nodes = await openNodes()
    const jar = await knownVisitor(nodes)
    await visit(nodes[0], jar, hit)
    const { session, loads } = await ask(nodes[1], `session=planted; session=unknown; ${jar.header}`)
    expect([session.value.hits, loads]).toEqual([2, 3])
  })

  test('a stamp without an id asks nobody', async () => {
    const [node] = await openNodes()
    const { session, lines, loads } = await ask(node, `session.stamp=${anotherLife}`)
    expect([session.isNew, lines, loads]).toEqual([true, [], 0])
  })

  test('a store that does not answer fails the request, as every failed load does', async () => {
    const nodes = await openNodes()
    const jar = await knownVisitor(nodes)
    await visit(nodes[0], jar, hit)
    nodes[1].store.failsLoads = true
    await expect(ask(nodes[1], jar.header)).rejects.toMatchObject({ code: 'store-unavailable' })
    expect((await visit(nodes[0], jar)).session.value.hits).toBe(2)
  })
})

describe('which scopes have a stamp', () => {
  test('with cluster: true none: no cookie is sent, and one that is brought is not looked at', async () => {
    const nodes = await openNodes({ cluster: true })
    const jar = new CookieJar()
    expect((await visit(nodes[0], jar, hit)).lines).toEqual([expect.stringMatching(/^session=/)])
    jar.take([`session.stamp=${anotherLife}`])
    expect((await visit(nodes[0], jar, hit)).lines).toEqual([])
    expect((await visit(nodes[1], jar)).loads).toBe(1)
    const rotated = await visit(nodes[1], jar, session => session.rotate())
    expect(rotated.lines).toEqual([expect.stringMatching(/^session=/)])
    expect((await visit(nodes[1], jar, session => session.end())).lines).toEqual([
      expect.stringMatching(/^session=; Max-Age=0/),
    ])
  })

  test('by kind: each scope that memory answers for has its own', async () => {
    const [{ gate }] = await openNodes({ cluster: { session: true, client: false } })
    const request = gate.begin(undefined, plain)
    ;(await request.open('session')).draft.hits++
    ;(await request.open('client')).draft.visits++
    await request.beforeHeaders(200)
    const names = request.setCookies().map(line => line.split('=')[0])
    expect(names).toEqual(['session', 'client', 'client.stamp'])
  })

  test('it has the attributes of the id, and lives as long', async () => {
    const cookie = { secure: true, partitioned: true, sameSite: 'none', maxAge: 'scope' } as const
    const nodes = await openNodes({ gate: { cookie, cookies: { session: { name: '__Host-visit' } } } })
    const { lines, session } = await ask(nodes[0], undefined, hit)
    const [id = '', stamp] = lines
    expect(id).toMatch(/; Max-Age=180[01]; Path=\/; HttpOnly; Secure; Partitioned; SameSite=None$/)
    expect(stamp).toBe(id.replace(`visit=${session.id}`, `visit.stamp=${session.scope.stamp}`))
  })

  test('a renewal sends the id again where it has a Max-Age, and no stamp: nothing was written', async () => {
    const clock = manualClock()
    const [node] = await openNodes({ clock, gate: { now: () => clock.now() } })
    const begin = (cookie?: string): ScopeRequest<ShopDefinitions> => node.gate.begin(cookie, plain)
    const jar = new CookieJar()
    const first = begin()
    ;(await first.open('client')).draft.visits++
    await first.beforeHeaders(200)
    jar.take(first.setCookies())
    await clock.advance(10 * 86_400_000)
    const later = begin(jar.header)
    await later.open('client')
    await later.beforeHeaders(200)
    expect(later.setCookies()).toEqual([expect.stringMatching(/^client=[\w-]+; Max-Age=7776000;/)])
  })

  test('a scope whose cookie has the name of a stamp is refused', async () => {
    const [{ scopes }] = await openNodes()
    const options = { cookies: { client: { name: 'session.stamp' } } }
    expect(() => createGate(scopes, definitions, options)).toThrow(
      expect.objectContaining({ code: 'invalid-argument' }),
    )
  })

  test("with backup: 'behind' a write has none, because no other node can be asked for it; an old stamp is cleared", async () => {
    const nodes = await openNodes({ backup: 'behind' })
    const jar = new CookieJar()
    jar.take([`session.stamp=${anotherLife}`])
    expect((await visit(nodes[0], jar, hit)).lines).toEqual([
      expect.stringMatching(/^session=[\w-]+;/),
      expect.stringMatching(/^session\.stamp=; Max-Age=0;/),
    ])
    // The answer was a moment ago, and the write is not stored yet: it is the visitor's session all the same.
    const next = await visit(nodes[0], jar, hit)
    expect([next.session.isNew, next.session.value.hits, next.lines]).toEqual([false, 2, []])
    // A rotation is stored before it is told.
    const rotated = await visit(nodes[0], jar, session => session.rotate())
    expect(rotated.lines.map(line => line.split('=')[0])).toEqual(['session', 'session.stamp'])
    expect((await visit(nodes[1], jar)).session.value.hits).toBe(2)
  })
})
