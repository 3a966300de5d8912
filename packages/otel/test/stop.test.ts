import { channel, tracingChannel } from 'node:diagnostics_channel'
import { diagnostics } from '@scopes/core'
import { expect, test } from 'vitest'
import { observe } from './exporters.ts'
import { Session, shop } from './fixture.ts'

const traced = [diagnostics.operation.name, diagnostics.storeCall.name]
const plain = Object.values(diagnostics)
  .map(({ name }) => name)
  .filter(name => !traced.includes(name))

/** Nobody else listens in this process: tests that do take their listeners back. */
function listened(): readonly string[] {
  return [
    ...traced.filter(name => tracingChannel(name).hasSubscribers),
    ...plain.filter(name => channel(name).hasSubscribers),
  ]
}

test('after stop nothing is listened to, nothing more is told, and what had begun has ended', async () => {
  expect(listened()).toEqual([])
  const observed = observe()
  expect(listened()).toEqual(expect.arrayContaining(traced))
  const scopes = await shop('otel-stop')
  const session = await scopes.open(Session, 's1')
  let release = (): void => {}
  const isHeld = new Promise<void>(resolve => (release = resolve))
  let begin = (): void => {}
  const hasBegun = new Promise<void>(resolve => (begin = resolve))
  const held = scopes.lock({ scope: session }, () => {
    begin()
    return isHeld
  })
  await hasBegun
  observed.telemetry.stop()
  observed.telemetry.stop()
  expect(listened()).toEqual([])
  const names = observed.spans('otel-stop').map(({ name }) => name)
  expect(names).toContain('scopes.lock session')
  release()
  await held
  await session.update(draft => void draft.hits++)
  expect(observed.spans('otel-stop').map(({ name }) => name)).toEqual(names)
  expect(await observed.points('scopes.commit.duration', 'otel-stop')).toEqual([])
})

test('two at once tell the same, each to its own, and one goes on when the other stops', async () => {
  const [one, two] = [observe(), observe()]
  const scopes = await shop('otel-two')
  const session = await scopes.open(Session, 's1')
  await session.update(draft => void draft.hits++)
  one.telemetry.stop()
  await session.update(draft => void draft.hits++)
  const commitsOf = (observed: typeof one): number =>
    observed.spans('otel-two').filter(({ name }) => name === 'scopes.commit session').length
  expect([commitsOf(one), commitsOf(two)]).toEqual([1, 2])
  const stores = two.spans('otel-two').filter(({ attributes }) => 'db.operation.name' in attributes)
  const commits = new Set(two.spans('otel-two').map(span => span.spanContext().spanId))
  expect(stores.every(({ parentSpanContext }) => commits.has(parentSpanContext?.spanId ?? ''))).toBe(true)
})

test('an operation that began before is not told of', async () => {
  const scopes = await shop('otel-late')
  let release = (): void => {}
  const isHeld = new Promise<void>(resolve => (release = resolve))
  let begin = (): void => {}
  const hasBegun = new Promise<void>(resolve => (begin = resolve))
  const held = scopes.lock({ name: 'otel-late' }, () => {
    begin()
    return isHeld
  })
  await hasBegun
  const observed = observe()
  release()
  await held
  expect(observed.allSpans().filter(({ name }) => name.startsWith('scopes.lock'))).toEqual([])
})

test('without a tracer there are metrics only, without a meter spans only', async () => {
  const [metricsOnly, spansOnly] = [observe({ tracer: false }), observe({ meter: false })]
  const scopes = await shop('otel-half')
  await scopes.open(Session, 's1')
  expect(metricsOnly.spans('otel-half')).toEqual([])
  expect(await metricsOnly.points('scopes.open', 'otel-half')).toHaveLength(1)
  expect(spansOnly.spans('otel-half').length).toBeGreaterThan(0)
  expect(await spansOnly.points('scopes.open', 'otel-half')).toEqual([])
})
