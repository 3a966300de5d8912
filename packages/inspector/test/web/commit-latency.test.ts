import { tracingChannel } from 'node:diagnostics_channel'
import { diagnostics } from '@scopes/core'
import { expect, test } from 'vitest'
import { watchCommits } from '../../src/web/commit-latency.ts'

/** Does as core does with an operation that takes so long. */
async function operate(context: object, work: () => Promise<void>): Promise<void> {
  await tracingChannel(diagnostics.operation.name).tracePromise(work, context)
}

test('commits of the application are timed from call to answer; those of others, other operations and failures are not', async () => {
  let now = 0
  const told: number[] = []
  const end = watchCommits(
    'latency-shop',
    () => now,
    durationMs => told.push(durationMs),
  )
  const key = { application: 'latency-shop', kind: 'session', id: 'a' }
  const take = async (ms: number): Promise<void> => void (now += ms)
  await operate({ type: 'commit', key }, () => take(7))
  await operate({ type: 'commit', key: { ...key, application: 'another' } }, () => take(100))
  await operate({ type: 'open', key }, () => take(100))
  const failing = operate({ type: 'commit', key }, () => Promise.reject(new Error('no')))
  await expect(failing).rejects.toThrow('no')
  expect(told).toEqual([7])
  end()
  await operate({ type: 'commit', key }, () => take(9))
  expect(told).toEqual([7])
})
