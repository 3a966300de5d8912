import { fork } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'

import { type ScopesError, openScopes, StoreUnavailableError } from '@scopes/core'
import { bundleProgram } from '@scopes/test-programs'
import { type CouchbaseServer, type User, freePort, startCouchbaseServer } from '@scopes/testing/couchbase-server'
import { describe, expect, test, type TestContext, vi } from 'vitest'

import { couchbaseStore } from '../../src/couchbase-store.ts'
import type { CouchbaseStoreOptions } from '../../src/options.ts'
import { bucketName, optionsFor } from '../server-place.ts'

const key = 'session:shop:1'
const administrator: User = { name: 'Administrator', password: 'password' }
/** May use the bucket and nothing else, as an application's user should. */
const shop: User = {
  name: 'shop',
  password: 'secret',
  // What every user of a cluster has, so that clients can read where its nodes are.
  privileges: ['SystemSettings'],
  buckets: { [bucketName]: ['Read', 'Insert', 'Upsert', 'Delete'] },
}

const openingProgram = await bundleProgram(new URL('./opening-process.ts', import.meta.url))

type Finish = Pick<TestContext, 'onTestFinished'>

async function newServer({ onTestFinished }: Finish, port = 0): Promise<CouchbaseServer> {
  const server = await startCouchbaseServer({ port, buckets: [{ name: bucketName }], users: [administrator, shop] })
  onTestFinished(() => server.close())
  return server
}

/** Why a store with these options cannot be opened; both ways of opening it must say so. */
async function refusalOf(options: CouchbaseStoreOptions): Promise<ScopesError> {
  const store = couchbaseStore(options)
  const error = await store.open().then(
    () => expect.fail('it was opened'),
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(StoreUnavailableError)
  await expect(store.insert(key, Uint8Array.of(1))).rejects.toMatchObject({
    code: 'store-unavailable',
    outcome: 'none',
  })
  await store.close()
  return error as ScopesError
}

// All at the same time: most of them wait until the time is over that an opening is given.
describe.concurrent('a store that cannot be opened says what is in the way', () => {
  test('a wrong password, at once', async context => {
    const server = await newServer(context)
    const error = await refusalOf({ ...optionsFor(server), password: 'wrong' })
    expect(error.message).toMatch(/user name or password/)
    expect(error.message).toContain(bucketName)
    expect(error.message).not.toContain('wrong')
  })

  test('a bucket that is missing, or that the user may not use, at once', async context => {
    vi.spyOn(console, 'error').mockImplementation(() => {}) // the SDK tells the console too
    const server = await newServer(context)
    const error = await refusalOf({ ...optionsFor(server), username: 'shop', password: 'secret', bucket: 'missing' })
    expect(error.message).toMatch(/no such bucket/)
    expect(error.message).toContain('missing')
  })

  test('a bucket that is missing for one who may use all: it could still come up, so within the time for opening', async context => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const server = await newServer(context)
    const error = await refusalOf({ ...optionsFor(server), bucket: 'missing', openTimeoutMs: 1500 })
    expect(error.message).toMatch(/bucket missing does not/)
  })

  test('a collection or a scope that is missing', async context => {
    const server = await newServer(context)
    const collection = await refusalOf({ ...optionsFor(server), collections: 'missing' })
    expect(collection.message).toMatch(/no collection _default\.missing/)
    const scope = await refusalOf({ ...optionsFor(server), scope: 'missing' })
    expect(scope.message).toMatch(/no collection missing\._default/)
  })

  test('nobody at the address', async () => {
    const connectionString = `couchbase://127.0.0.1:${await freePort()}`
    const login = { username: 'shop', password: 'secret', bucket: bucketName }
    const error = await refusalOf({ ...login, connectionString, openTimeoutMs: 1000 })
    expect(error.message).toContain(connectionString)
    expect(error.message).toMatch(/not reached in time/)
  })

  test('a caller who gives up earlier is told what was in the way until then', async ({ onTestFinished }) => {
    const connectionString = `couchbase://127.0.0.1:${await freePort()}`
    const login = { username: 'shop', password: 'secret', bucket: bucketName }
    const store = couchbaseStore({ ...login, connectionString, openTimeoutMs: 20_000 })
    onTestFinished(() => store.close())
    // Sooner than any try can have come to nothing, however busy the machine is.
    const early = openScopes({ application: 'shop', store, openTimeoutMs: 1 })
    await expect(early).rejects.toMatchObject({ code: 'store-unavailable' })
    await expect(early).rejects.toThrow(`${connectionString}) was not reached in the time given: nobody has answered`)
    // Once a first try has come to nothing, it is known why.
    const later = openScopes({ application: 'shop', store, openTimeoutMs: 3000 })
    await expect(later).rejects.toThrow(/in the time given: .*unambiguous timeout/)
  })
})

test.concurrent('a user who may use the bucket and nothing else can open the store and write', async context => {
  const server = await newServer(context)
  const store = couchbaseStore({ ...optionsFor(server), username: 'shop', password: 'secret' })
  context.onTestFinished(() => store.close())
  expect(await store.insert(key, Uint8Array.of(1))).toMatchObject({ type: 'done' })
})

test.concurrent(
  'an opening waits for a cluster that is not there yet, and one opening is for all who wait',
  async context => {
    const port = await freePort()
    const store = couchbaseStore({
      connectionString: `couchbase://127.0.0.1:${port}`,
      username: 'shop',
      password: 'secret',
      bucket: bucketName,
      openTimeoutMs: 30_000,
    })
    context.onTestFinished(() => store.close())
    const opening = store.open()
    const writing = store.insert(key, Uint8Array.of(1))
    await newServer(context, port)
    await opening
    expect(await writing).toMatchObject({ type: 'done' })
  },
)

test.concurrent(
  'a failed opening is no end: the next one finds a cluster that has come up meanwhile',
  async context => {
    const port = await freePort()
    const connectionString = `couchbase://127.0.0.1:${port}`
    const login = { username: 'shop', password: 'secret', bucket: bucketName }
    const store = couchbaseStore({ ...login, connectionString, openTimeoutMs: 500 })
    context.onTestFinished(() => store.close())
    await expect(store.open()).rejects.toThrow(/not reached/)
    await newServer(context, port)
    const later = couchbaseStore({ ...login, connectionString, openTimeoutMs: 20_000 })
    context.onTestFinished(() => later.close())
    await later.open()
    await vi.waitFor(() => store.open(), { timeout: 20_000 })
    expect(await store.load(key)).toBeUndefined()
  },
)

test.concurrent('a store that is closed while it is being opened lets go of everything', async () => {
  const connectionString = `couchbase://127.0.0.1:${await freePort()}`
  const login = { username: 'shop', password: 'secret', bucket: bucketName }
  const store = couchbaseStore({ ...login, connectionString, openTimeoutMs: 1000 })
  const opening = store.open()
  const closing = store.close()
  await expect(opening).rejects.toMatchObject({ code: 'store-unavailable' })
  await closing
  await expect(store.load(key)).rejects.toThrow(/closed/)
})

test.concurrent.for(['wrong password', 'nobody there', 'opened, written and not closed'])(
  'no process is left hanging: %s',
  async (what, context) => {
    const server = await newServer(context)
    const options = {
      ...optionsFor(server),
      // Where nothing is in the way the time is that of the slowest machine.
      openTimeoutMs: what.startsWith('opened') ? 60_000 : 2000,
      ...(what === 'wrong password' && { password: 'wrong' }),
      ...(what === 'nobody there' && { connectionString: `couchbase://127.0.0.1:${await freePort()}` }),
    }
    const program = fork(openingProgram, [JSON.stringify(options)], {
      execArgv: [],
      silent: true,
    })
    context.onTestFinished(() => void program.kill('SIGKILL'))
    if (!program.stdout) throw new Error('The process has no output.')
    // Both end when the process has ended by itself.
    const [stdout] = await Promise.all([text(program.stdout), once(program, 'exit')])
    expect(stdout).toMatch(what.startsWith('opened') ? /^opened$/ : /^failed: StoreUnavailableError/)
  },
)
