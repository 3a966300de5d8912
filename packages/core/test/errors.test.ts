import { expect, test } from 'vitest'
import { ConflictError, type ErrorCode, ScopesError, errorCodes } from '../src/index.ts'

test('every error has the status of its code, under both names', () => {
  for (const [code, { status }] of Object.entries(errorCodes)) {
    expect(new ScopesError(code as ErrorCode, 'failed')).toMatchObject({ code, status, statusCode: status })
  }
})

test('a framework may note its own status on an error, as Koa does', () => {
  const error: { status: number } = new ConflictError('lost', { attempts: 1 })
  expect(() => (error.status = 500)).not.toThrow()
})
