import { subscribe, tracingChannel, unsubscribe } from 'node:diagnostics_channel'
import { expect, onTestFinished, test } from 'vitest'
import { callerContext, diagnostics } from '../src/diagnostics.ts'
import {
  type CommitMessage,
  type DiagnosticsChannel,
  type DocumentStore,
  type EndMessage,
  type FeedLagMessage,
  StoreUnavailableError,
  type TracedOperation,
  defineScope,
  memoryStore,
  openScopes,
} from '../src/index.ts'

const Session = defineScope({ kind: 'session', initial: () => ({ hits: 0 }), idle: '30m' })

/** What is published of one application until the test has finished. */
function heard<Message>({ name }: DiagnosticsChannel<Message>, isMine: (message: Message) => boolean): Message[] {
  const messages: Message[] = []
  const listener = (message: unknown): void => {
    if (isMine(message as Message)) messages.push(message as Message)
  }
  subscribe(name, listener)
  onTestFinished(() => void unsubscribe(name, listener))
  return messages
}

async function shop(application: string, store: DocumentStore = memoryStore()): ReturnType<typeof openScopes> {
  const scopes = await openScopes({ application, store, reaper: false })
  onTestFinished(() => scopes.close())
  return scopes
}

/** A store that loses its answer to each replacement: nobody knows whether it was executed, and it was. */
function losesAnswers(): DocumentStore {
  const inner = memoryStore()
  return {
    capabilities: inner.capabilities,
    feed: inner.feed,
    open: options => inner.open(options),
    close: () => inner.close(),
    load: (key, options) => inner.load(key, options),
    insert: (key, bytes, options) => inner.insert(key, bytes, options),
    append: (key, bytes, token, options) => inner.append(key, bytes, token, options),
    replace: async (key, bytes, token, options) => {
      await inner.replace(key, bytes, token, options)
      throw new StoreUnavailableError('The answer was lost.', { outcome: 'unknown' })
    },
    remove: (key, token, options) => inner.remove(key, token, options),
  }
}

test('each end is told once, by whoever has made it, with its reason; also where its answer was lost', async () => {
  for (const [index, store] of [memoryStore(), losesAnswers()].entries()) {
    const application = `told-ends-${index}`
    const ends = heard<EndMessage>(diagnostics.end, ({ documentKey }) => documentKey.includes(application))
    const scopes = await shop(application, store)
    const session = await scopes.open(Session, 's1')
    await session.update(draft => void draft.hits++)
    const rotated = await session.rotate()
    await rotated.end('logout')
    await expect(rotated.end()).rejects.toMatchObject({ code: 'ended' })
    expect(ends.map(({ reason, detail }) => [reason, detail])).toEqual([
      ['rotated', undefined],
      ['ended', 'logout'],
    ])
  }
})

test('a commit tells its bytes and its duration; one that changes nothing tells nothing', async () => {
  const commits = heard<CommitMessage>(diagnostics.commit, ({ key }) => key.application === 'told-commits')
  const scopes = await shop('told-commits')
  const session = await scopes.open(Session, 's1')
  const { commitId } = await session.update(draft => void draft.hits++)
  await session.update(() => {})
  expect(commits).toMatchObject([{ version: 1, commitId, attempts: 1, merged: false }])
  expect(commits[0]?.bytes).toBeGreaterThan(60)
  expect(commits[0]?.durationMs).toBeGreaterThanOrEqual(0)
})

test('operations are told from the call to the answer, results and errors included', async () => {
  const told: string[] = []
  const isMine = (operation: TracedOperation): boolean =>
    'key' in operation && operation.key.application === 'told-calls'
  const listeners = {
    start: (message: unknown) => {
      const operation = message as TracedOperation
      if (isMine(operation)) told.push(`${operation.type} begins`)
    },
    asyncEnd: (message: unknown) => {
      const operation = message as TracedOperation & { readonly result?: unknown; readonly error?: unknown }
      if (isMine(operation)) told.push(`${operation.type} ${'error' in operation ? 'fails' : 'ends'}`)
    },
  }
  const channel = tracingChannel(diagnostics.operation.name)
  const all = { ...listeners, end: () => {}, asyncStart: () => {}, error: () => {} }
  channel.subscribe(all)
  onTestFinished(() => channel.unsubscribe(all))
  const scopes = await shop('told-calls')
  const session = await scopes.open(Session, 's1')
  await session.update(draft => void draft.hits++)
  expect(await session.touch()).toBe(false)
  await session.end()
  await expect(session.update(draft => void draft.hits++)).rejects.toMatchObject({ code: 'ended' })
  expect(told).toEqual([
    'open begins',
    'open ends',
    'commit begins',
    'commit ends',
    'end begins',
    'end ends',
    'commit begins',
    'commit fails',
  ])
})

test('where nobody listens nobody is asked for whom something is done', () => {
  expect(callerContext()).toBeUndefined()
})

test('the reading of a feed that is asked tells how far it is behind', async () => {
  const lags = heard<FeedLagMessage>(diagnostics.feedLag, ({ application }) => application === 'told-lags')
  const scopes = await shop('told-lags')
  const session = await scopes.open(Session, 's1')
  const subscription = session.value$.subscribe()
  await expect.poll(() => lags.length).toBeGreaterThan(0)
  subscription.unsubscribe()
  expect(lags[0]?.lagMs).toBeGreaterThanOrEqual(0)
})
