import { type ScopeKey, type Scopes, memoryStore, openScopes } from '@scopes/core'
import { manualClock } from '@scopes/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type LockPlace, lock } from '../../src/lock/lock.ts'
import type { LockOptions, LockedScope } from '../../src/lock/lock-options.ts'
import { createTimeSpan } from '../../src/settings/time-span.ts'

const second = 1000

interface World {
  readonly clock: ReturnType<typeof manualClock>
  readonly scopes: Scopes
  /** The place of a request of this visitor. */
  readonly place: (visitor?: string, more?: Partial<LockPlace>) => LockPlace
}

async function world(): Promise<World> {
  const clock = manualClock()
  const scopes = await openScopes({ application: 'shop', store: memoryStore({ clock }), clock })
  onTestFinished(() => scopes.close())
  const place = (visitor = 'ann', more: Partial<LockPlace> = {}): LockPlace => ({
    scopes,
    keyOf: (kind: LockedScope): ScopeKey => ({ application: 'shop', kind, id: kind === 'session' ? visitor : '_' }),
    ...more,
  })
  return { clock, scopes, place }
}

/** Takes the lock until `free` is called; resolves when it is held. */
async function held(place: LockPlace, options: LockOptions): Promise<{ free: () => Promise<void> }> {
  let free = (): void => undefined
  let ended: Promise<unknown> = Promise.resolve()
  await new Promise<void>((resolve, reject) => {
    ended = lock(place, options, () => {
      resolve()
      return new Promise<void>(open => (free = open))
    }).catch(reject)
  })
  return {
    free: async () => {
      free()
      await ended
    },
  }
}

describe('the result', () => {
  test('has what the body returned', async () => {
    const { place } = await world()
    expect(await lock(place(), { name: 'a' }, async () => 3)).toEqual({ succeeded: true, value: 3, errortext: '' })
  })

  test.each([1.5, '1500ms'])('says why the body was left out: kind, name and time (%s)', async timeout => {
    const { clock, place } = await world()
    const { free } = await held(place(), { name: 'Till' })
    let hasRun = false
    const late = lock(place(), { name: 'Till', timeout, throwOnTimeout: false }, () => void (hasRun = true))
    await clock.advance(1.5 * second)
    const result = await late
    expect(result.succeeded).toBe(false)
    expect(result.errortext).toMatch(/exclusive.*"till".*1500 ms/u)
    expect(hasRun).toBe(false)
    await free()
  })

  test('an error of the body is thrown, also when it is that of another lock', async () => {
    const { clock, place } = await world()
    const { free } = await held(place(), { name: 'inner' })
    const outer = lock(place(), { name: 'outer', throwOnTimeout: false }, () =>
      lock(place(), { name: 'inner', timeout: 1 }, () => 'inside'),
    )
    const told = outer.catch((error: unknown) => error)
    await clock.advance(second)
    expect(await told).toMatchObject({ code: 'lock-timeout' })
    await free()
    expect(await lock(place(), { name: 'outer', timeout: 1 }, () => 'free')).toMatchObject({ succeeded: true })
  })
})

test('the lock of a session is its own; that of the application is one', async () => {
  const { clock, place } = await world()
  const session = await held(place('ann'), { scope: 'session' })
  const application = await held(place('ann'), { scope: 'application' })
  expect(await lock(place('ben'), { scope: 'session', timeout: 1 }, () => 'his')).toMatchObject({ value: 'his' })
  const late = lock(place('ben'), { scope: 'application', timeout: 1, throwOnTimeout: false }, () => 'his')
  await clock.advance(second)
  expect(await late).toMatchObject({ succeeded: false })
  await session.free()
  await application.free()
})

test('bypass runs the body without the lock, and gives it none', async () => {
  const { place } = await world()
  const { free } = await held(place(), { name: 'a' })
  expect(await lock(place(), { name: 'a', bypass: true }, given => given)).toEqual({
    succeeded: true,
    value: undefined,
    errortext: '',
  })
  await free()
})

describe('time-out 0', () => {
  test('waits as long as the request may last', async () => {
    const { clock, place } = await world()
    const { free } = await held(place(), { name: 'a' })
    const late = lock(place('ann', { remainingMs: () => 3.2 * second }), { name: 'a', throwOnTimeout: false }, () => 1)
    await clock.advance(3199)
    expect(await Promise.race([late, Promise.resolve('waits')])).toBe('waits')
    await clock.advance(1)
    expect(await late).toMatchObject({ succeeded: false })
    await free()
  })

  test('waits as long as anybody may where the request has no limit', async () => {
    const { clock, place } = await world()
    const { free } = await held(place(), { name: 'a', timeout: 0 })
    const wait = (longestWaitMs?: number) =>
      lock(place('ann', { longestWaitMs }), { name: 'a', timeout: 0, throwOnTimeout: false }, () => 'at last')
    const [hour, short] = [wait(3600 * second), wait()]
    await clock.jump(301 * second)
    expect(await short).toMatchObject({ succeeded: false })
    await free()
    expect(await hour).toMatchObject({ value: 'at last' })
  })

  test('an aborted request waits no more', async () => {
    const { place } = await world()
    const { free } = await held(place(), { name: 'a' })
    const request = new AbortController()
    const late = lock(place('ann', { signal: request.signal }), { name: 'a' }, () => 1)
    request.abort()
    await expect(late).rejects.toMatchObject({ code: 'store-unavailable' })
    await free()
  })
})

test('readonly does not become exclusive: at once, with the hint, as an error or as a result', async () => {
  const { place } = await world()
  await lock(place(), { name: 'a', type: 'readonly' }, async () => {
    await expect(lock(place(), { name: 'A', timeout: 5 }, () => 1)).rejects.toMatchObject({ code: 'lock-upgrade' })
    const result = await lock(place(), { name: 'a', throwOnTimeout: false }, () => 1)
    expect(result.succeeded).toBe(false)
    expect(result.errortext).toContain('cannot become exclusive')
  })
})

describe('bad input', () => {
  test.each<[string, unknown]>([
    ['no options', undefined],
    ['neither name nor scope', {}],
    ['an empty name', { name: '  ' }],
    ['a name that is no text', { name: 3 }],
    ['name and scope', { name: 'a', scope: 'session' }],
    ['a scope that is none', { scope: 'variables' }],
    ['a scope that is no text', { scope: {} }],
    ['a type that is none', { name: 'a', type: 'shared' }],
    ['a negative time', { name: 'a', timeout: -1 }],
    ['a time that is no number', { name: 'a', timeout: true }],
    ['a text without a unit', { name: 'a', timeout: '5' }],
    ['what createTimeSpan makes of a second', { name: 'a', timeout: createTimeSpan(0, 0, 0, 1) }],
    ['a text that no timer takes', { name: 'a', timeout: '25d' }],
    ['a time of no length', { name: 'a', timeout: NaN }],
    ['a time that no timer takes', { name: 'a', timeout: 2 ** 31 }],
    ['an amount of none', { name: 'a', amount: 0 }],
    ['an option in another case', { name: 'a', throwontimeout: false }],
    ['throwOnTimeout that is no boolean', { name: 'a', throwOnTimeout: 'no' }],
    ['bypass that is no boolean', { name: 'a', bypass: 'yes' }],
  ])('%s', async (_, options) => {
    const { place } = await world()
    let hasRun = false
    const call = lock(place(), options as LockOptions, () => void (hasRun = true))
    await expect(call).rejects.toMatchObject({ code: 'invalid-argument' })
    expect(hasRun).toBe(false)
  })

  test('a body that is no function', async () => {
    const { place } = await world()
    const body = 'x' as unknown as () => void
    await expect(lock(place(), { name: 'a' }, body)).rejects.toMatchObject({ code: 'invalid-argument' })
  })
})

test('scope and type are named in any case', async () => {
  const { place } = await world()
  const options = { scope: 'SESSION', type: 'ReadOnly' } as unknown as LockOptions
  expect(await lock(place(), options, given => given?.type)).toMatchObject({ value: 'readonly' })
})
