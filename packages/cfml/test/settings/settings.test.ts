import { InvalidArgumentError, memoryStore } from '@scopes/core'
import { describe, expect, test } from 'vitest'
import { type ApplicationSettings, createTimeSpan, openApplication } from '../../src/index.ts'

/** The message that these settings are refused with. */
async function refusal(settings: object): Promise<string> {
  const all = { name: 'shop', store: memoryStore(), reaper: false, ...settings }
  try {
    await (await openApplication(all as ApplicationSettings)).close()
  } catch (error) {
    if (error instanceof InvalidArgumentError) return error.message
    throw error
  }
  return 'taken'
}

test('every setting is taken by its familiar name', async () => {
  const settings: ApplicationSettings = {
    name: 'shop',
    store: memoryStore(),
    caches: { SessionStorageCache: memoryStore(), other: memoryStore() },
    sessionManagement: true,
    sessionStorage: 'SessionStorageCache',
    sessionCluster: false,
    sessionTimeout: createTimeSpan(0, 0, 30, 0),
    sessionCookie: { httpOnly: true, secure: true, domain: 'shop.example', timeout: createTimeSpan(1, 0, 0, 0) },
    clientManagement: true,
    clientStorage: 'memory',
    clientCluster: true,
    clientTimeout: createTimeSpan(90, 0, 0, 0),
    clientCookie: { domain: 'shop.example', sameSite: 'strict' },
    disableGlobalClientUpdates: true,
    applicationTimeout: createTimeSpan(1, 0, 0, 0),
    applicationStorage: 'other',
    serverStorage: 'ram',
    setClientCookies: true,
    setDomainCookies: true,
    reaper: false,
  }
  expect(await refusal(settings)).toBe('taken')
})

test.each([
  ['sesionTimeout', 'sessionTimeout'],
  ['sessionmanagement', 'sessionManagement'],
  ['clientTimeOut', 'clientTimeout'],
  ['onSesionStart', 'onSessionStart'],
])('the unknown setting %s is refused, and %s named', async (name, meant) => {
  expect(await refusal({ [name]: undefined })).toBe(`There is no setting "${name}". Is "${meant}" meant?`)
})

test('a setting that is like none is refused without a guess', async () => {
  expect(await refusal({ colour: 'red' })).toBe('There is no setting "colour".')
})

test.each([
  ['sessionCookie', { samesite: 'lax' }, 'sessionCookie has no setting "samesite". Is "sameSite" meant?'],
  ['session', { inital: () => ({}) }, 'session has no setting "inital". Is "initial" meant?'],
])('so is one within %s', async (setting, value, message) => {
  expect(await refusal({ [setting]: value })).toBe(message)
})

test.each([
  ['sessionTimeout', createTimeSpan(0, 0, -1, 0)],
  ['sessionTimeout', 'half an hour'],
  ['clientTimeout', 0],
  ['applicationTimeout', Number.NaN],
  ['keepEnds', -1],
])('%s cannot be %s', async (setting, span) => {
  expect(await refusal({ [setting]: span })).toMatch(new RegExp(`^${setting} is .*span of time longer than nothing`))
})

test.each([
  ['sessionManagement', 'yes', 'sessionManagement must be true or false.'],
  ['sessionStorage', '', 'sessionStorage must be a text that is not empty.'],
  ['onSessionEnd', 'log', 'onSessionEnd must be a function.'],
  ['compat', 'railo', "compat must be 'lucee' or 'coldfusion'."],
  ['sessionCookie', null, 'sessionCookie must be an object.'],
])('%s cannot be %s', async (setting, value, message) => {
  expect(await refusal({ [setting]: value })).toBe(message)
})

describe('the name of an application', () => {
  test.each([[''], ['my shop'], ['a:b'], [undefined], [7]])('cannot be %s', async name => {
    expect(await refusal({ name })).toMatch(/^name is .*must consist of/)
  })

  test('is at most 64 characters', async () => {
    expect(await refusal({ name: 'a'.repeat(64) })).toBe('taken')
    expect(await refusal({ name: 'a'.repeat(65) })).toMatch(/is over 64 characters/)
  })

  test('is not that under which the server scope is', async () => {
    expect(await refusal({ name: '_' })).toMatch(/No application can be called/)
  })
})

describe('a cache', () => {
  test('that was never registered is refused, with the setting and the nearest one that was', async () => {
    const caches = { SessionStorageCache: memoryStore() }
    expect(await refusal({ caches, sessionStorage: 'SesionStorageCache' })).toBe(
      'sessionStorage names the cache "SesionStorageCache", which is not registered. Is "SessionStorageCache" meant?',
    )
    expect(await refusal({ clientStorage: 'cache' })).toBe(
      'clientStorage names the cache "cache", which is not registered. Give it to the application in caches.',
    )
  })

  test.each([['memory'], ['RAM'], ['cookie'], ['store']])('cannot be called %s', async name => {
    expect(await refusal({ caches: { [name]: memoryStore() } })).toMatch(/the name is taken/)
  })

  test('must be a store', async () => {
    expect(await refusal({ caches: { one: {} } })).toBe('caches.one must be a store, such as sqliteStore({ path }).')
    expect(await refusal({ store: 'here' })).toBe('store must be a store, such as sqliteStore({ path }).')
  })

  test('is found whatever its case only under compat', async () => {
    const caches = { SessionCache: memoryStore() }
    expect(await refusal({ caches, sessionStorage: 'sessioncache' })).toMatch(/not registered/)
    expect(await refusal({ caches, sessionStorage: 'sessioncache', compat: 'lucee' })).toBe('taken')
  })
})

test('cookies of a domain need to be told which', async () => {
  expect(await refusal({ setDomainCookies: true })).toMatch(/setDomainCookies needs sessionCookie\.domain/)
  const known = { setDomainCookies: true, sessionCookie: { domain: 'shop.example' } }
  expect(await refusal({ ...known, clientManagement: true })).toMatch(/setDomainCookies needs clientCookie\.domain/)
  expect(await refusal(known)).toBe('taken')
})

test('a reserved cookie prefix needs its attributes', async () => {
  expect(await refusal({ sessionCookie: { name: '__Host-cfid' } })).toMatch(/"__Host-cfid" needs secure: true/)
})

describe('the first variables of a scope', () => {
  test.each([
    ['session', { cfid: 'mine' }, 'session.initial has a variable "cfid": that name is taken by the scope itself.'],
    ['session', { Csrf_Token: '' }, /"Csrf_Token": that name is taken/],
    ['client', { hitcount: 0 }, /client\.initial has a variable "hitcount"/],
    ['application', { $cfml: 1 }, /application\.initial has a variable "\$cfml"/],
    ['server', { os: 'mine' }, /server\.initial has a variable "os"/],
    ['session', 5, 'session.initial must return an object: the first variables of the scope.'],
    ['application', [1], /application\.initial must return an object/],
  ])('of %s cannot be %o', async (scope, begun, message) => {
    expect(await refusal({ [scope]: { initial: () => begun } })).toMatch(message)
  })

  test('may have the name of a built-in of another scope', async () => {
    expect(await refusal({ session: { initial: () => ({ hitcount: 0, os: '' }) } })).toBe('taken')
  })
})
