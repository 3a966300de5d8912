import { type Scope, type Scopes, defineScope, memoryStore, openScopes } from '@scopes/core'
import { expect, onTestFinished, test } from 'vitest'
import { csrfGenerateToken, csrfVerifyToken } from '../../src/csrf/csrf-tokens.ts'

const Session = defineScope({ kind: 'session', initial: (): Record<string, unknown> => ({}) })
type Session = Scope<Record<string, unknown>>

async function opened(): Promise<{ readonly scopes: Scopes; readonly session: Session }> {
  const scopes = await openScopes({ application: 'shop', store: memoryStore() })
  onTestFinished(() => scopes.close())
  return { scopes, session: await scopes.open(Session, 'visitor') }
}

test('a token is 40 hexadecimal characters of chance, stored, and the same one each time', async () => {
  const { scopes, session } = await opened()
  const token = await csrfGenerateToken(session)
  expect(token).toMatch(/^[0-9a-f]{40}$/u)
  expect(await csrfGenerateToken(session)).toBe(token)
  const { version } = session
  expect(await csrfGenerateToken(await scopes.open(Session, 'visitor'))).toBe(token)
  expect(session.version).toBe(version)
  expect(await csrfGenerateToken(await scopes.open(Session, 'another'))).not.toBe(token)
})

test('each key has its own token, and it is verified under its key alone', async () => {
  const { session } = await opened()
  const [login, order] = [
    await csrfGenerateToken(session, { key: 'login' }),
    await csrfGenerateToken(session, { key: 'order' }),
  ]
  expect(login).not.toBe(order)
  expect(csrfVerifyToken(session, login, { key: 'login' })).toBe(true)
  expect(csrfVerifyToken(session, login, { key: 'order' })).toBe(false)
  expect(csrfVerifyToken(session, login)).toBe(false)
})

test('a new token that is asked for makes the old one invalid', async () => {
  const { session } = await opened()
  const old = await csrfGenerateToken(session)
  const fresh = await csrfGenerateToken(session, { forceNew: true })
  expect(fresh).not.toBe(old)
  expect(csrfVerifyToken(session, old)).toBe(false)
  expect(csrfVerifyToken(session, fresh)).toBe(true)
})

test('two processes that ask for the first token at the same time get the same one', async () => {
  const store = memoryStore()
  const [first, second] = await Promise.all([
    openScopes({ application: 'shop', store }),
    openScopes({ application: 'shop', store }),
  ])
  onTestFinished(() => Promise.all([first.close(), second.close()]).then(() => undefined))
  const sessions = [await first.open(Session, 'visitor'), await second.open(Session, 'visitor')]
  const tokens = await Promise.all(sessions.map(session => csrfGenerateToken(session)))
  expect(tokens[0]).toBe(tokens[1])
})

test('a rotated session has its tokens', async () => {
  const { session } = await opened()
  const token = await csrfGenerateToken(session)
  const next = await session.rotate()
  expect(csrfVerifyToken(next, token)).toBe(true)
  expect(await csrfGenerateToken(next)).toBe(token)
})

test('case does not count', async () => {
  const { session } = await opened()
  const token = await csrfGenerateToken(session)
  expect(csrfVerifyToken(session, token.toUpperCase())).toBe(true)
})

test.each([undefined, null, 3, '', 'x', {}, ['a'], 'f'.repeat(40), 'é'.repeat(20)])(
  'what is no token is not verified: %o',
  async token => {
    const { session } = await opened()
    expect(csrfVerifyToken(session, token as string)).toBe(false)
    await csrfGenerateToken(session)
    expect(csrfVerifyToken(session, token as string)).toBe(false)
  },
)

test('verifying stores nothing', async () => {
  const { session } = await opened()
  expect(csrfVerifyToken(session, 'f'.repeat(40))).toBe(false)
  expect(session.isStored).toBe(false)
})

test.each(['__proto__', 'constructor', 'toString'])('a key may be called %s', async key => {
  const { scopes, session } = await opened()
  expect(csrfVerifyToken(session, '', { key })).toBe(false)
  const token = await csrfGenerateToken(session, { key })
  expect(csrfVerifyToken(await scopes.open(Session, 'visitor'), token, { key })).toBe(true)
})

test('a key that is too long is refused, and one too many', async () => {
  const { session } = await opened()
  await expect(csrfGenerateToken(session, { key: 'k'.repeat(257) })).rejects.toMatchObject({ code: 'invalid-argument' })
  expect(csrfVerifyToken(session, 'f'.repeat(40), { key: 'k'.repeat(257) })).toBe(false)
  const tokens = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`k:${index}`, 'f'.repeat(40)]))
  await session.update(draft => void (draft['csrf_token'] = tokens))
  await expect(csrfGenerateToken(session)).rejects.toMatchObject({ code: 'invalid-argument' })
  expect(await csrfGenerateToken(session, { key: '7' })).toBe('f'.repeat(40))
})
