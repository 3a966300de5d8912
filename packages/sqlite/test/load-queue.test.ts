import { join } from 'node:path'

import { StoreUnavailableError, type StoredDocument } from '@scopes/core'
import { expect, onTestFinished, test } from 'vitest'

import { connect } from '../src/connection.ts'
import { pickDriver } from '../src/driver.ts'
import { LoadQueue, type LoadTarget } from '../src/load-queue.ts'
import { tokenOf } from '../src/mutation.ts'
import { newStore } from './new-store.ts'
import { temporaryDirectory } from './temporary-directory.ts'
import { bytesOf, done, textAt } from './writing.ts'

/** A target that tells what is done with it, and fails as it is told to. */
class Target implements LoadTarget {
  readonly path = 'scopes.db'
  readonly busyTimeoutMs = 3000
  readonly calls: string[] = []
  /** Thrown by the next read of the key. */
  readonly failures = new Map<string, Error>()
  beginning: Error | undefined

  read(key: string): StoredDocument {
    this.calls.push(key)
    const failure = this.failures.get(key)
    this.failures.delete(key)
    if (failure) throw failure
    return { bytes: bytesOf(key), token: tokenOf(1) }
  }

  readTogether(work: () => void): void {
    if (this.beginning) throw this.beginning
    this.calls.push('begin')
    work()
    this.calls.push('end')
  }

  expectWrites(): void {
    this.calls.push('expect writes')
  }
}

const busy = Object.assign(new Error('database is locked'), { errcode: 5 })

test('loads of one turn are read together at its end; one by itself is only read', async () => {
  const target = new Target()
  const queue = new LoadQueue(target)
  await Promise.all(['a', 'b', 'c'].map(key => queue.add<never>(key, {})))
  await queue.add('d', {})
  expect(target.calls).toEqual(['expect writes', 'begin', 'a', 'b', 'c', 'end', 'expect writes', 'd'])
})

test('what another process commits after the calls and before the end of the turn is in every answer', async () => {
  const path = join(await temporaryDirectory(), 'scopes.db')
  const store = await newStore({ path })
  await Promise.all([store.insert('session:shop:1', bytesOf('old')), store.insert('session:shop:2', bytesOf('old'))])
  const other = connect(await pickDriver(), path, 'NORMAL')
  onTestFinished(() => other.close())
  const loads = [textAt(store, 'session:shop:1'), textAt(store, 'session:shop:2')]
  other.exec("UPDATE docs SET bytes = CAST('new' AS BLOB), token = token + 100")
  expect(await Promise.all(loads)).toEqual(['new', 'new'])
})

test('what cannot be read rejects its own load, and the others of the turn are answered', async () => {
  const target = new Target()
  const queue = new LoadQueue(target)
  target.failures.set('b', new Error('database disk image is malformed'))
  const answers = await Promise.allSettled(['a', 'b', 'c'].map(key => queue.add<never>(key, {})))
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(answers[1]).toMatchObject({ reason: expect.any(StoreUnavailableError) as StoreUnavailableError })
})

test('where they cannot be read together, or one finds the file locked for a moment, each is read by itself', async () => {
  const target = new Target()
  const queue = new LoadQueue(target)
  target.beginning = busy
  target.failures.set('b', busy)
  const answers = await Promise.all(['a', 'b'].map(key => queue.add<never>(key, {})))
  expect(answers.map(answer => answer && new TextDecoder().decode(answer.bytes))).toEqual(['a', 'b'])
})

test('a load whose signal aborts before the end of the turn rejects, and reads nothing', async () => {
  const target = new Target()
  const queue = new LoadQueue(target)
  const abort = new AbortController()
  const loads = [queue.add('a', { signal: abort.signal }), queue.add('b', {})]
  abort.abort(new Error('the visitor has gone'))
  await expect(loads[0]).rejects.toMatchObject({ code: 'store-unavailable', outcome: 'none' })
  await loads[1]
  expect(target.calls).not.toContain('a')
})

test('a store that is closed has answered the loads that were called before', async () => {
  const path = join(await temporaryDirectory(), 'scopes.db')
  const store = await newStore({ path })
  await store.insert('session:shop:1', bytesOf('there'))
  const load = textAt(store, 'session:shop:1')
  await store.close()
  expect(await load).toBe('there')
  await expect(store.load('session:shop:1')).rejects.toMatchObject({ code: 'store-unavailable' })
})

test('what is computed from loads of a turn is committed in the same turn', async () => {
  const path = join(await temporaryDirectory(), 'scopes.db')
  const store = await newStore({ path })
  const keys = ['session:shop:1', 'session:shop:2']
  const tokens = await Promise.all(keys.map(async key => done(await store.insert(key, bytesOf('a')))))
  let committed = 0
  for (const [index, key] of keys.entries()) {
    void store
      .load(key)
      .then(() => store.append(key, bytesOf('b'), tokens[index] ?? tokenOf(0)))
      .then(() => committed++)
  }
  // After the two of the store, and before any other turn.
  await new Promise(resolve => setImmediate(resolve))
  expect(committed).toBe(2)
})
