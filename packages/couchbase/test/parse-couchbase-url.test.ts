import { InvalidArgumentError } from '@scopes/core'
import { describe, expect, test } from 'vitest'

import { parseCouchbaseUrl } from '../src/parse-couchbase-url.ts'

describe('an address', () => {
  test('says where the cluster is, who comes, and where the documents are', () => {
    expect(parseCouchbaseUrl('couchbases://shop:secret@one:11207,two/scopes/live/sessions?network=external')).toEqual({
      connectionString: 'couchbases://one:11207,two?network=external',
      username: 'shop',
      password: 'secret',
      bucket: 'scopes',
      scope: 'live',
      collections: 'sessions',
    })
  })

  test('may leave out all but host and bucket', () => {
    const address = { connectionString: 'couchbase://db', bucket: 'scopes' }
    expect(parseCouchbaseUrl('couchbase://db/scopes')).toEqual(address)
    expect(parseCouchbaseUrl('couchbase://db/scopes/')).toEqual(address)
    expect(parseCouchbaseUrl('couchbase://shop@db/scopes')).toEqual({ ...address, username: 'shop' })
    expect(parseCouchbaseUrl('couchbase://shop:@db/scopes')).toEqual({ ...address, username: 'shop', password: '' })
  })

  test('has signs of its own grammar percent-encoded in names and passwords', () => {
    const address = parseCouchbaseUrl('couchbase://a%40b:c%2Fd%3A%25@db/my%2Fbucket')
    expect(address).toMatchObject({ username: 'a@b', password: 'c/d:%', bucket: 'my/bucket' })
    expect(parseCouchbaseUrl('couchbase://a:b:c@db/scopes')).toMatchObject({ username: 'a', password: 'b:c' })
  })
})

test.each([
  '',
  'db/scopes',
  'http://db/scopes',
  'couchbase://db',
  'couchbase://db/',
  'couchbase:///scopes',
  'couchbase://shop:secret@/scopes',
  'couchbase://db/scopes/live/sessions/more',
  'couchbase://shop:%zz@db/scopes',
  'couchbase://db/scopes#there',
])('%j is refused, and not repeated, for there may be a password in it', url => {
  expect(() => parseCouchbaseUrl(url)).toThrow(InvalidArgumentError)
  expect(() => parseCouchbaseUrl(url)).not.toThrow(/secret|zz/)
})
