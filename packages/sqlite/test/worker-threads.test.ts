import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

import { bundleProgram } from '@scopes/test-programs'
import { expect, onTestFinished, test } from 'vitest'

import { pickDriver } from '../src/driver.ts'
import { newStore } from './new-store.ts'
import { startWorker } from './start-worker.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const { name: driver } = await pickDriver()
const workerProgram = await bundleProgram(new URL('./store-worker.ts', import.meta.url))
const terminatingProgram = await bundleProgram(new URL('./terminate-workers.ts', import.meta.url))

test('S04: worker threads write beside each other, and one that stops harms nobody', async () => {
  const path = join(await temporaryDirectory(), 'scopes.db')
  const store = await newStore({ path })
  const workers = ['first', 'second', 'third'].map(name => startWorker(workerProgram, path, name))
  onTestFinished(() => {
    for (const { worker } of workers) worker.postMessage('stop')
  })
  await Promise.all(workers.map(worker => worker.writes(50)))
  for (const [index, { worker, failures }] of workers.entries()) {
    worker.postMessage('stop')
    const [code] = (await once(worker, 'exit')) as [number]
    expect({ code, failures }).toEqual({ code: 0, failures: [] })
    expect(await store.insert(`session:shop:after-${index}`, Uint8Array.of(1))).toMatchObject({ type: 'done' })
  }
  for (const { promised } of workers) {
    for (const [key, length] of promised) {
      expect((await store.load(key))?.bytes.length, key).toBeGreaterThanOrEqual(length)
    }
  }
}, 60_000)

test('S04: a worker thread terminated in the middle of a write takes nothing with it that was acknowledged', async () => {
  const path = join(await temporaryDirectory(), 'scopes.db')
  const child = fork(terminatingProgram, [workerProgram.href, path, '2'], {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const promised = new Map<string, number>()
  child.on('message', (told: [string, number][]) => {
    for (const [key, length] of told) promised.set(key, length)
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  // @photostructure/sqlite 1.2.1 aborts the process when a thread is terminated inside one of its calls; see the README.
  if (driver === 'node:sqlite') expect(code).toBe(0)

  expect(promised.size).toBeGreaterThan(0)
  const store = await newStore({ path })
  for (const [key, length] of promised) {
    expect((await store.load(key))?.bytes.length, key).toBeGreaterThanOrEqual(length)
  }
  expect(await store.insert('session:shop:after', Uint8Array.of(1))).toMatchObject({ type: 'done' })
}, 60_000)
