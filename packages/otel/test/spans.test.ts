import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base'
import { type DocumentStore, StoreUnavailableError, memoryStore } from '@scopes/core'
import { expect, test } from 'vitest'
import { observe } from './exporters.ts'
import { Session, shop } from './fixture.ts'

function named(spans: readonly ReadableSpan[], name: string): ReadableSpan {
  const found = spans.filter(span => span.name === name)
  expect(found.map(span => span.name)).toEqual([name])
  const [span] = found
  if (span === undefined) throw new Error(`No span is named ${name}.`)
  return span
}

function parentOf(span: ReadableSpan): string | undefined {
  return span.parentSpanContext?.spanId
}

test('an open and a commit are spans under that of the request, and their requests to the store are spans under them', async () => {
  const observed = observe({ system: 'memory' })
  const scopes = await shop('otel-parents')
  const request = await observed.within('GET /', async span => {
    const session = await scopes.open(Session, 's1', { request: 'r1' })
    await session.update(draft => void draft.hits++)
    return span.spanContext()
  })
  const spans = observed.spans('otel-parents')
  const [open, commit] = [named(spans, 'scopes.open session'), named(spans, 'scopes.commit session')]
  const [load, insert] = [named(spans, 'load session'), named(spans, 'insert session')]
  expect([parentOf(open), parentOf(commit)]).toEqual([request.spanId, request.spanId])
  expect([parentOf(load), parentOf(insert)]).toEqual([open.spanContext().spanId, commit.spanContext().spanId])
  expect(spans.map(span => span.spanContext().traceId)).toEqual(spans.map(() => request.traceId))
  expect(commit.kind).toBe(SpanKind.INTERNAL)
  expect(commit.attributes).toMatchObject({
    'scopes.application': 'otel-parents',
    'scopes.kind': 'session',
    'scopes.request': 'r1',
    'scopes.version': 1,
    'scopes.commit.attempts': 1,
    'scopes.commit.merged': false,
  })
  expect(insert.kind).toBe(SpanKind.CLIENT)
  expect(insert.attributes).toMatchObject({ 'db.system.name': 'memory', 'db.operation.name': 'insert' })
})

test('requests at the same time have each its own commit', async () => {
  const observed = observe()
  const scopes = await shop('otel-crowd')
  const session = await scopes.open(Session, 's1')
  const requests = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      observed.within(`request ${index}`, async span => {
        await session.update(draft => void draft.hits++)
        return span.spanContext().spanId
      }),
    ),
  )
  const commits = observed.spans('otel-crowd').filter(({ name }) => name === 'scopes.commit session')
  expect(new Set(commits.map(parentOf))).toEqual(new Set(requests))
  expect(commits).toHaveLength(8)
})

test('a span of the application inside of a lock lies between the lock and what is committed in it', async () => {
  const observed = observe()
  const scopes = await shop('otel-locks')
  const session = await scopes.open(Session, 's1')
  let inner = ''
  await scopes.lock({ scope: session }, async () => {
    await session.update(draft => void draft.hits++)
    await observed.within('charge', async span => {
      inner = span.spanContext().spanId
      await session.update(draft => void draft.hits++)
    })
  })
  const spans = observed.spans('otel-locks')
  const lock = named(spans, 'scopes.lock session')
  const commits = spans.filter(({ name }) => name === 'scopes.commit session')
  expect(commits.map(parentOf)).toEqual([lock.spanContext().spanId, inner])
  expect(lock.events.map(({ name }) => name)).toEqual(['granted'])
  expect(lock.attributes).toMatchObject({ 'scopes.lock.type': 'exclusive' })
})

test('the lock of a name has its name, who waits for it is told so, and a time-out is an error with its code', async () => {
  const observed = observe()
  const scopes = await shop('otel-names')
  let release = (): void => {}
  const isHeld = new Promise<void>(resolve => (release = resolve))
  let begin = (): void => {}
  const hasBegun = new Promise<void>(resolve => (begin = resolve))
  const held = scopes.lock({ name: 'Otel Names' }, () => {
    begin()
    return isHeld
  })
  await hasBegun
  await expect(scopes.lock({ name: 'otel names', timeoutMs: 1 }, () => {})).rejects.toMatchObject({
    code: 'lock-timeout',
  })
  release()
  await held
  const [late, first] = observed.allSpans().filter(({ name }) => name === 'scopes.lock')
  expect(first?.attributes).toMatchObject({ 'scopes.lock.name': 'otel names' })
  expect(late?.attributes).toMatchObject({ 'error.type': 'lock-timeout', 'scopes.outcome': 'none' })
  expect(late?.events.map(({ name }) => name)).toEqual(['waiting', 'timed-out'])
})

test('an end, its handlers, a rotation and an end of all are spans', async () => {
  const observed = observe()
  const scopes = await shop('otel-ends')
  let told = 0
  scopes.onEnd(Session, () => void told++)
  const session = await scopes.open(Session, 's1')
  await session.update(draft => void (draft.user = 'ann'))
  const rotated = await session.rotate()
  await rotated.end('logout')
  const other = await scopes.open(Session, 's2')
  await other.update(draft => void (draft.user = 'ann'))
  expect(await scopes.endAll(Session, { index: 'user', value: 'ann' })).toBe(1)
  const spans = observed.spans('otel-ends')
  const [rotate, end, all] = ['rotate', 'end', 'end_all'].map(name => named(spans, `scopes.${name} session`))
  expect([rotate, end, all].map(span => span?.status.code)).toEqual([0, 0, 0])
  expect(all?.attributes).toMatchObject({ 'scopes.index': 'user', 'scopes.ended': 1 })
  const deliveries = spans.filter(({ name }) => name === 'scopes.deliver session')
  expect(deliveries.map(({ attributes }) => attributes['scopes.end.reason'])).toEqual(['rotated', 'ended', 'ended'])
  expect(deliveries.map(({ attributes }) => attributes['scopes.delivery.outcome'])).toEqual(
    deliveries.map(() => 'succeeded'),
  )
  expect(told).toBe(3)
})

test('end handlers that fail are an error of their span', async () => {
  const observed = observe()
  const scopes = await shop('otel-handlers')
  scopes.onEnd(Session, () => {
    throw new TypeError('No audit.')
  })
  const session = await scopes.open(Session, 's1')
  await session.update(draft => void draft.hits++)
  await session.end()
  const delivery = named(observed.spans('otel-handlers'), 'scopes.deliver session')
  expect(delivery.status.code).toBe(SpanStatusCode.ERROR)
  expect(delivery.attributes['error.type']).toBe('TypeError')
})

/** A memory store that fails where it is told to. */
function failing(): { readonly store: DocumentStore; fail: boolean } {
  const inner = memoryStore()
  const state = { fail: false, store: inner }
  const store: DocumentStore = {
    ...inner,
    capabilities: inner.capabilities,
    feed: inner.feed,
    open: options => inner.open(options),
    close: () => inner.close(),
    load: (key, options) =>
      state.fail ? Promise.reject(new StoreUnavailableError(`No ${key}.`)) : inner.load(key, options),
    insert: (key, bytes, options) => inner.insert(key, bytes, options),
    append: (key, bytes, token, options) => inner.append(key, bytes, token, options),
    replace: (key, bytes, token, options) => inner.replace(key, bytes, token, options),
    remove: (key, token, options) => inner.remove(key, token, options),
  }
  state.store = store
  return state
}

test('what fails is an error with its code, and no span says the id of a scope', async () => {
  const observed = observe()
  const place = failing()
  const scopes = await shop('otel-errors', place)
  const session = await scopes.open(Session, 'secret-id')
  await session.update(draft => void draft.hits++)
  await session.rotate()
  await expect(session.update(draft => void draft.hits++)).rejects.toMatchObject({ code: 'ended' })
  place.fail = true
  await expect(scopes.open(Session, 'secret-id')).rejects.toMatchObject({ code: 'store-unavailable' })
  const spans = observed.spans('otel-errors')
  const errors = spans.filter(({ status }) => status.code === SpanStatusCode.ERROR)
  expect(errors.map(({ name, attributes }) => [name, attributes['error.type'], attributes['scopes.outcome']])).toEqual([
    ['scopes.commit session', 'ended', 'none'],
    ['load session', 'store-unavailable', undefined],
    ['scopes.open session', 'store-unavailable', 'none'],
  ])
  const told = JSON.stringify(
    spans.map(({ name, attributes, events, status }) => ({ name, attributes, events, status })),
  )
  expect(told).toContain('otel-errors')
  expect(told).not.toContain('secret-id')
})

test('attributes of the application are in the spans of its scopes, and one that throws costs only them', async () => {
  const observed = observe({
    attributesOf: ({ id }) => {
      if (id === 'bad') throw new Error('No attributes.')
      return { 'shop.visitor': id }
    },
  })
  const scopes = await shop('otel-own')
  await scopes.open(Session, 'good')
  await scopes.open(Session, 'bad')
  const opened = observed.spans('otel-own').filter(({ name }) => name === 'scopes.open session')
  expect(opened.map(({ attributes }) => attributes['shop.visitor'])).toEqual(['good', undefined])
})
