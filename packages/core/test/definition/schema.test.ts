import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { stateCheck } from '../../src/definition/schema.ts'
import { InvalidArgumentError, InvalidStateError, type StandardSchema, defineScope } from '../../src/index.ts'
import { captureRoot } from '../../src/value/plain-data.ts'

const byZod = z.object({
  hits: z.number().min(0),
  cart: z.array(z.object({ sku: z.string() })),
  at: z.date().optional(),
})
const byValibot = v.object({
  hits: v.pipe(v.number(), v.minValue(0)),
  cart: v.array(v.object({ sku: v.string() })),
  at: v.optional(v.date()),
})

describe.each<[string, StandardSchema]>([
  ['zod', byZod],
  ['valibot', byValibot],
])('a schema of %s', (_, schema) => {
  const check = stateCheck('session', schema)

  test('lets a state pass that is as it says', () => {
    check(captureRoot({ hits: 1, cart: [{ sku: 'a' }], at: new Date(0) }))
    check(captureRoot({ hits: 0, cart: [], at: undefined }))
  })

  test('refuses any other, with every issue and its path', () => {
    const error = refusal(() => check(captureRoot({ hits: -1, cart: [{ sku: 'a' }, { sku: 7 }] })))
    expect(error).toMatchObject({
      code: 'invalid-state',
      status: 422,
      outcome: 'none',
      path: ['hits'],
      issues: [{ path: ['hits'] }, { path: ['cart', 1, 'sku'] }],
    })
    expect(error.message).toMatch(/session scope.*\/hits: .*; \/cart\/1\/sku: /)
  })
})

describe('a schema that would store something else is refused where it would', () => {
  test.each<[string, StandardSchema, object, readonly unknown[]]>([
    ['a default', z.object({ hits: z.number().default(0) }), {}, ['hits']],
    ['a transformation', z.object({ name: z.string().trim() }), { name: ' x' }, ['name']],
    ['a coercion inside a list', z.object({ ns: z.array(z.coerce.number()) }), { ns: [1, '2'] }, ['ns', 1]],
    [
      'a key that it drops',
      z.object({ user: z.object({ id: z.number() }) }),
      { user: { id: 1, role: 'a' } },
      ['user', 'role'],
    ],
    [
      'a list that it shortens',
      v.object({
        ns: v.pipe(
          v.array(v.number()),
          v.transform(ns => ns.slice(1)),
        ),
      }),
      { ns: [1, 2] },
      ['ns', 0],
    ],
    [
      'another type',
      v.pipe(
        v.object({}),
        v.transform(() => []),
      ),
      {},
      [],
    ],
  ])('%s', (_, schema, state, path) => {
    const error = refusal(() => stateCheck('session', schema)(captureRoot(state)))
    expect(error).toMatchObject({ path, issues: [{ path }] })
  })
})

test('Maps, Sets, bigints and bytes are checked as what they are', () => {
  const schema = z.object({
    map: z.map(z.string(), z.number()),
    set: z.set(z.string()),
    big: z.bigint(),
    bytes: z.instanceof(Uint8Array),
  })
  const check = stateCheck('session', schema)
  const state = { map: new Map([['a', 1]]), set: new Set(['x']), big: 1n, bytes: new Uint8Array([1]) }
  check(captureRoot(state))
  expect(refusal(() => check(captureRoot({ ...state, map: new Map([['a', 'b']]) }))).path).toEqual(['map', 'a'])
})

test('an asynchronous schema is refused, and its rejection ends nothing', () => {
  const check = stateCheck(
    'session',
    v.pipeAsync(
      v.object({}),
      v.checkAsync(() => Promise.reject(new Error('later'))),
    ),
  )
  expect(() => check(captureRoot({}))).toThrow(InvalidArgumentError)
  expect(() => check(captureRoot({}))).toThrow(/synchronous/)
})

test('a schema that throws, or that changes what it gets, refuses the state with the cause', () => {
  const thrown = new Error('broken')
  const throwing = schemaOf(() => {
    throw thrown
  })
  expect(refusal(() => stateCheck('session', throwing)(captureRoot({})))).toMatchObject({ cause: thrown, path: [] })
  const changing = schemaOf(value => {
    ;(value as { n: number }).n = 2
    return { value }
  })
  expect(refusal(() => stateCheck('session', changing)(captureRoot({ n: 1 }))).cause).toBeInstanceOf(TypeError)
})

test('paths may have objects for segments, symbols and no path at all', () => {
  const issues = [{ message: 'deep', path: [{ key: 'a' }, 1, { key: Symbol('s') }] }, { message: 'all' }]
  const error = refusal(() =>
    stateCheck(
      'session',
      schemaOf(() => ({ issues })),
    )(captureRoot({})),
  )
  expect(error.issues).toEqual([
    { message: 'deep', path: ['a', 1, 'Symbol(s)'] },
    { message: 'all', path: [] },
  ])
})

test('a path of an own class is handed on as a plain list', () => {
  class SchemaPath extends Array<string> {}
  const schema = schemaOf(() => ({ issues: [{ message: 'wrong', path: SchemaPath.from(['a', 'b']) }] }))
  const { path, issues } = refusal(() => stateCheck('session', schema)(captureRoot({})))
  for (const given of [path, issues[0]?.path]) {
    expect(given).toEqual(['a', 'b'])
    expect(given).not.toBeInstanceOf(SchemaPath)
  }
})

test('the message names five issues and counts the others', () => {
  const issues = Array.from({ length: 7 }, (_, index) => ({ message: `m${index}`, path: [index] }))
  const { message } = refusal(() =>
    stateCheck(
      'session',
      schemaOf(() => ({ issues })),
    )(captureRoot({})),
  )
  expect(message).toMatch(/\/4: m4; and 2 more$/)
})

test.each<[string, unknown]>([
  ['undefined, as from a wrong import', undefined],
  ['null', null],
  ['a function', (state: object) => state],
  ['an object of another kind', { parse: (state: object) => state }],
  ['another version of the standard', { '~standard': { version: 2, vendor: 'x', validate: () => ({ value: 1 }) } }],
  ['nothing to call', { '~standard': { version: 1, vendor: 'x' } }],
])('no schema: %s is refused when the scope is defined', (_, schema) => {
  const define = (): unknown => defineScope({ kind: 'session', initial: () => ({}), schema } as never)
  expect(define).toThrow(InvalidArgumentError)
  expect(define).toThrow(/schema/)
})

function schemaOf(validate: StandardSchema['~standard']['validate']): StandardSchema {
  return { '~standard': { version: 1, vendor: 'test', validate } }
}

function refusal(call: () => unknown): InvalidStateError {
  try {
    call()
  } catch (error) {
    if (error instanceof InvalidStateError) return error
    throw error
  }
  throw new Error('It was not refused.')
}
