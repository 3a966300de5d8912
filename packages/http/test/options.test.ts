import { type ScopeDefinition, defineScope } from '@scopes/core'
import { describe, expect, test } from 'vitest'
import { type CookieOptions, type NamedCookieOptions, cookiesOf } from '../src/options.ts'
import { clearCookie, writeCookie } from '../src/write-cookie.ts'

const session: ScopeDefinition = defineScope({ kind: 'session', initial: () => ({}) })
const client: ScopeDefinition = defineScope({ kind: 'client', initial: () => ({}) })

function lineOf(options: NamedCookieOptions, isSecure = true): string {
  const cookie = cookiesOf({ session }, { cookies: { session: options } }).get('session')
  return cookie === undefined ? '' : writeCookie(cookie, 'ID', isSecure, 60_000)
}

function clearingLineOf(options: NamedCookieOptions): string {
  const cookie = cookiesOf({ session }, { cookies: { session: options } }).get('session')
  return cookie === undefined ? '' : clearCookie(cookie, true)
}

describe('the cookie of a scope', () => {
  test('by default is called like the scope, HttpOnly, Lax, of the whole site, and a client has a Max-Age', () => {
    const cookies = cookiesOf({ session, visitor: client }, {})
    const lines = [...cookies.values()].map(cookie => writeCookie(cookie, 'ID', false, 59_500))
    expect(lines).toEqual([
      'session=ID; Path=/; HttpOnly; SameSite=Lax',
      'visitor=ID; Max-Age=60; Path=/; HttpOnly; SameSite=Lax',
    ])
  })

  test('takes what is said for all, then what is said for one; undefined says nothing', () => {
    const all: CookieOptions = { path: '/app', sameSite: 'strict', httpOnly: false }
    const one: NamedCookieOptions = { path: '/one', sameSite: undefined }
    const cookies = cookiesOf({ session, client }, { cookie: all, cookies: { session: one } })
    expect(cookies.get('session')).toMatchObject({ path: '/one', sameSite: 'strict', httpOnly: false })
    expect(cookies.get('client')).toMatchObject({ path: '/app', sameSite: 'strict', httpOnly: false })
  })

  test('is cleared with the same attributes', () => {
    const options = {
      domain: 'example.test',
      path: '/app',
      secure: true,
      sameSite: 'none',
      partitioned: true,
      maxAge: 5000,
    } as const
    const attributes = 'HttpOnly; Secure; Partitioned; SameSite=None'
    expect(lineOf(options)).toBe(`session=ID; Max-Age=5; Domain=example.test; Path=/app; ${attributes}`)
    expect(clearingLineOf(options)).toBe(
      `session=; Max-Age=0; Domain=example.test; Path=/app; Expires=Thu, 01 Jan 1970 00:00:00 GMT; ${attributes}`,
    )
  })

  test('lives as long as the scope: a scope without end has the longest that browsers take', () => {
    const cookie = cookiesOf({ session }, { cookie: { maxAge: 'scope' } }).get('session')
    expect(cookie && writeCookie(cookie, 'ID', false, Infinity)).toContain('Max-Age=34560000;')
    expect(cookie && writeCookie(cookie, 'ID', false, 1)).toContain('Max-Age=1;')
  })

  test.each([[[]], [['too short']], [['long enough for a key', '']], ['long enough for a key'], [[7]]])(
    'keys %j are refused',
    keys => {
      const options = { cookie: { keys } } as { cookie: CookieOptions }
      expect(() => cookiesOf({ session }, options)).toThrow(
        expect.objectContaining({ code: 'invalid-argument', message: expect.stringContaining('keys') }),
      )
    },
  )

  test.each<[string, NamedCookieOptions]>([
    ['__Host-', { name: '__Host-sid', secure: true }],
    ['__Secure- with a domain', { name: '__Secure-sid', secure: true, domain: 'example.test', path: '/app' }],
    ['None', { sameSite: 'none', secure: true }],
  ])('may have %s where browsers take it', (_what, options) => {
    expect(lineOf(options)).toContain('Secure')
  })

  test.each<[string, unknown]>([
    ['__Host- without secure', { name: '__Host-sid' }],
    ['__Host- with secure "auto"', { name: '__Host-sid', secure: 'auto' }],
    ['__Host- with a path', { name: '__Host-sid', secure: true, path: '/app' }],
    ['__Host- with a domain', { name: '__Host-sid', secure: true, domain: 'example.test' }],
    ['__host- in another case', { name: '__host-sid' }],
    ['__Secure- without secure', { name: '__Secure-sid', secure: false }],
    ['None without secure', { sameSite: 'none' }],
    ['Partitioned without secure', { partitioned: true }],
    ['a name that is none', { name: 'a b' }],
    ['an empty name', { name: '' }],
    ['a domain that is none', { domain: 'exa mple' }],
    ['an empty domain', { domain: '' }],
    ['a path with a semicolon', { path: '/a;b' }],
    ['a relative path', { path: 'app' }],
    ['secure as a text', { secure: 'true' }],
    ['sameSite of another word', { sameSite: 'Lax' }],
    ['httpOnly as a text', { httpOnly: 'yes' }],
    ['partitioned as a number', { partitioned: 1 }],
    ['maxAge as a text', { maxAge: '3600000' }],
    ['maxAge NaN', { maxAge: NaN }],
    ['maxAge Infinity', { maxAge: Infinity }],
    ['maxAge 0', { maxAge: 0 }],
    ['maxAge -1', { maxAge: -1 }],
    ['maxAge as a Date', { maxAge: new Date() }],
  ])('cannot have %s', (_what, options) => {
    expect(() => lineOf(options as NamedCookieOptions)).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
  })

  test.each(['of', 'with', 'then', 'handle'])('no scope is called "%s"', name => {
    expect(() => cookiesOf({ [name]: session }, {})).toThrow(expect.objectContaining({ code: 'invalid-argument' }))
  })

  test('no two scopes have the same cookie, and no cookie belongs to no scope', () => {
    const refused = expect.objectContaining({ code: 'invalid-argument' })
    expect(() => cookiesOf({ session, client }, { cookies: { client: { name: 'session' } } })).toThrow(refused)
    expect(() => cookiesOf({ session }, { cookies: { sesion: {} } as object })).toThrow(refused)
  })
})
