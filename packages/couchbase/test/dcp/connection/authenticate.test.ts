import { describe, expect, test } from 'vitest'

import { mechanismOf } from '../../../src/dcp/connection/authenticate.ts'

const all = ['SCRAM-SHA512', 'SCRAM-SHA256', 'SCRAM-SHA1', 'PLAIN']

describe('what a user logs in by', () => {
  test('the password is proved and not shown, by the strongest that the server offers', () => {
    expect(mechanismOf(all, false, 'tcp')).toBe('SCRAM-SHA512')
    expect(mechanismOf(all.toReversed(), true, 'tcp')).toBe('SCRAM-SHA512')
    expect(mechanismOf(['PLAIN', 'SCRAM-SHA1', 'SCRAM-SHA256'], true, 'tcp')).toBe('SCRAM-SHA256')
    expect(mechanismOf(['SCRAM-SHA1'], false, 'tcp')).toBe('SCRAM-SHA1')
  })

  test('the password is shown without TLS only where that is allowed and nothing else is offered', () => {
    expect(mechanismOf(['PLAIN'], false, 'tcp')).toBeUndefined()
    expect(mechanismOf(['PLAIN', 'OAUTHBEARER'], true, 'tcp')).toBe('PLAIN')
    expect(mechanismOf(['OAUTHBEARER'], true, 'tcp')).toBeUndefined()
    expect(mechanismOf([], true, 'tcp')).toBeUndefined()
  })

  test('TLS hides the password already', () => {
    expect(mechanismOf(all, false, 'tls')).toBe('PLAIN')
    expect(mechanismOf(['SCRAM-SHA1'], false, 'tls')).toBe('SCRAM-SHA1')
  })
})
