import { describe, expect, it } from 'vitest'

import { accessOf } from '../../../src/couchbase-server/auth/access.ts'
import { parseUsers } from '../../../src/couchbase-server/auth/user.ts'

describe('access', () => {
  it('who is not limited may do everything', () => {
    const access = accessOf({})
    expect(access.inCluster('SystemSettings')).toBe(true)
    expect(access.inCollection('any', 0, 0, 'Upsert')).toBe(true)
  })

  it('a bucket that is named hides the rest of what `*` gives', () => {
    const access = accessOf({ buckets: { '*': ['Read', 'Upsert'], closed: ['Read'] } })
    expect(access.inCollection('open', 0, 0, 'Upsert')).toBe(true)
    expect(access.inCollection('closed', 0, 0, 'Upsert')).toBe(false)
    expect(access.inCollection('closed', 0, 0, 'Read')).toBe(true)
    expect(access.inCluster('SystemSettings')).toBe(true)
    expect(access.inCluster('NodeManagement')).toBe(false)
  })

  it('a privilege in a collection says nothing of another, and nothing of the scope', () => {
    const access = accessOf({
      buckets: {
        b: { privileges: ['DcpProducer'], scopes: { 8: { collections: { '0xa': { privileges: ['Read'] } } } } },
      },
    })
    expect(access.seesCollection('b', 8, 10)).toBe(true)
    expect(access.inCollection('b', 8, 10, 'Read')).toBe(true)
    expect(access.inCollection('b', 8, 10, 'Upsert')).toBe(false)
    expect(access.seesCollection('b', 8, 9)).toBe(false)
    expect(access.seesCollection('b', 0, 0)).toBe(false)
    expect(access.seesScope('b', 8)).toBe(true)
    expect(access.seesScope('b', 0)).toBe(false)
    expect(access.seesBucket('b')).toBe(true)
    expect(access.seesBucket('other')).toBe(false)
  })

  it('privileges of a scope hold in its collections', () => {
    const access = accessOf({ buckets: { b: { scopes: { 8: { privileges: ['Read'] } } } } })
    expect(access.inCollection('b', 8, 77, 'Read')).toBe(true)
    expect(access.seesCollection('b', 9, 77)).toBe(false)
  })
})

describe('a file of users', () => {
  it('is a list, or an object by name', () => {
    const user = { name: 'a', password: 'p', buckets: {} }
    expect(parseUsers(JSON.stringify([user]))).toEqual([user])
    expect(parseUsers(JSON.stringify({ a: { password: 'p', buckets: {} } }))).toEqual([user])
    expect(parseUsers(JSON.stringify({ users: [user] }))).toEqual([user])
  })

  it.each(['[]', '{}', '"x"', '[1]', '[{"name":"a"}]', '{"a":{"password":1}}'])('%s is refused', text => {
    expect(() => parseUsers(text)).toThrow(TypeError)
  })
})
