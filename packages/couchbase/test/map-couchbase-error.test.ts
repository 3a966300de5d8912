import { ScopesError, StoreUnavailableError } from '@scopes/core'
import * as couchbase from 'couchbase'
import { describe, expect, test } from 'vitest'

import { errorMeanings, isMissing, mapCouchbaseError, mayComeUp, refusalOf } from '../src/map-couchbase-error.ts'

/** Every error class that the SDK exports, by name. */
const errorClasses = Object.entries(couchbase).filter(
  (entry): entry is [string, new (...parameters: unknown[]) => Error] =>
    typeof entry[1] === 'function' && entry[1].prototype instanceof Error,
)

/** An error as the SDK makes it; what made it try again is in its context. */
function sdkError(name: string, retryReasons: readonly string[] = []): Error {
  const [, ErrorClass] = errorClasses.find(([known]) => known === name) ?? []
  if (!ErrorClass) throw new Error(`the SDK has no ${name}`)
  return new ErrorClass(new Error('beneath'), { retry_reasons: retryReasons })
}

function mapped(error: unknown): ScopesError {
  return mapCouchbaseError(error, 'append of session:shop:1', 'bucket scopes at couchbase://db')
}

const ambiguous = [
  'AmbiguousTimeoutError',
  'RequestCanceledError',
  'DurabilityAmbiguousError',
  'InternalServerFailureError',
  'DecodingFailureError',
]

describe('the outcome of a mutation', () => {
  test.each(ambiguous)('is unknown after %s: it may have been executed, or may land later', name => {
    expect(mapped(sdkError(name)).outcome).toBe('unknown')
  })

  test('is none after every other error that has a meaning', () => {
    const definite = Object.keys(errorMeanings).filter(name => !ambiguous.includes(name))
    expect(definite.length).toBeGreaterThan(15)
    for (const name of definite) expect(mapped(sdkError(name)).outcome, name).toBe('none')
  })

  test('is unknown after an error that has none: a class of another service, a plain error, no error at all', () => {
    const named = new Set([...Object.keys(errorMeanings), 'ValueTooLargeError'])
    const others = errorClasses.map(([name]) => name).filter(name => !named.has(name))
    expect(others).toContain('TimeoutError')
    for (const name of others) expect(mapped(sdkError(name)).outcome, name).toBe('unknown')
    expect(mapped(new Error('protocol_error (1004)')).outcome).toBe('unknown')
    expect(mapped('text').outcome).toBe('unknown')
    expect(mapped(undefined).outcome).toBe('unknown')
  })

  test('is none on a closed cluster, for which the SDK has no class but a number', () => {
    const closed = Object.assign(new Error('cluster_closed (1006)'), { code: 1006 })
    expect(mapped(closed).outcome).toBe('none')
    expect(mapped(Object.assign(new Error('other'), { code: 1005 })).outcome).toBe('unknown')
  })
})

describe('the translation', () => {
  test('names classes that the SDK has', () => {
    const known = errorClasses.map(([name]) => name)
    for (const name of Object.keys(errorMeanings)) expect(known).toContain(name)
  })

  test('says what was asked for, where, and keeps the error of the SDK', () => {
    const cause = sdkError('TemporaryFailureError')
    const error = mapped(cause)
    expect(error).toBeInstanceOf(StoreUnavailableError)
    expect(error.cause).toBe(cause)
    expect(error.message).toContain('append of session:shop:1')
    expect(error.message).toContain('bucket scopes at couchbase://db')
  })

  test('says why the SDK tried again until the time was over', () => {
    expect(mapped(sdkError('AmbiguousTimeoutError', ['key_value_locked'])).message).toContain(
      'locked by another client',
    )
    const missing = mapped(sdkError('UnambiguousTimeoutError', ['key_value_collection_outdated', 'unknown']))
    expect(missing.message).toContain('the collection does not exist')
  })

  test('of a document that is too large has the code for it', () => {
    expect(mapped(sdkError('ValueTooLargeError'))).toMatchObject({ code: 'too-large', outcome: 'none', status: 413 })
  })

  test('leaves an error of this library as it is', () => {
    const error = new StoreUnavailableError('as it is', { outcome: 'unknown' })
    expect(mapped(error)).toBe(error)
  })
})

describe('a refusal', () => {
  test.each([
    ['insert', 'DocumentExistsError', 'exists'],
    ['append', 'CasMismatchError', 'stale'],
    ['append', 'DocumentNotFoundError', 'missing'],
    ['replace', 'CasMismatchError', 'stale'],
    ['replace', 'DocumentNotFoundError', 'missing'],
    ['remove', 'CasMismatchError', 'stale'],
    ['remove', 'DocumentNotFoundError', 'missing'],
  ] as const)('of %s by %s says that it is %s', (mutation, name, reason) => {
    expect(refusalOf(mutation, sdkError(name))).toBe(reason)
  })

  test('is nothing else', () => {
    const answers = new Set(['DocumentExistsError', 'CasMismatchError', 'DocumentNotFoundError'])
    for (const mutation of ['insert', 'append', 'replace', 'remove'] as const) {
      for (const [name] of errorClasses) {
        if (!answers.has(name)) expect(refusalOf(mutation, sdkError(name)), name).toBeUndefined()
      }
    }
    expect(refusalOf('append', sdkError('DocumentExistsError'))).toBeUndefined()
  })
})

test('only "not found" is a missing document: a failed read is never taken for one', () => {
  const missing = errorClasses.map(([name]) => name).filter(name => isMissing(sdkError(name)))
  expect(missing).toEqual(['DocumentNotFoundError'])
})

test('waiting does not help against a wrong password, a wrong bucket, or an address that is none', () => {
  const hopeless = errorClasses.map(([name]) => name).filter(name => !mayComeUp(sdkError(name)))
  expect(hopeless.toSorted()).toEqual([
    'AuthenticationFailureError',
    'BucketNotFoundError',
    'InvalidArgumentError',
    'ParsingFailureError',
    'UnsupportedOperationError',
  ])
  expect(mayComeUp(new Error('anything'))).toBe(true)
})
