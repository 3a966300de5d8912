import { Subject } from 'rxjs'
import { expect, test } from 'vitest'
import {
  type DocumentStore,
  type FeedMessage,
  type FeedToken,
  type Scopes,
  memoryStore,
  openScopes,
} from '../../src/index.ts'
import { Session, counted, processes } from './fixture.ts'

/** The store, and whether documents came with its answers to loads. */
function watchedAnswers(inner: DocumentStore): { readonly store: DocumentStore; readonly came: boolean[] } {
  const came: boolean[] = []
  const store: DocumentStore = {
    ...counted(inner).store,
    load: async (key, options) => {
      const answer = await inner.load(key, options)
      came.push(answer !== undefined && answer !== options?.known)
      return answer
    },
  }
  return { store, came }
}

test('a scope that has not changed since is proven to be current without its document', async () => {
  const inner = memoryStore()
  const [other] = await processes(1, { store: inner })
  const { store, came } = watchedAnswers(inner)
  const [scopes] = await processes(1, { store })
  await (await other.open(Session, 's1')).update(draft => void draft.hits++)
  const first = await scopes.open(Session, 's1')
  const second = await scopes.open(Session, 's1')
  expect(came).toEqual([true, false])
  expect(second.value).toBe(first.value)
  await (await other.open(Session, 's1')).update(draft => void draft.hits++)
  expect((await scopes.open(Session, 's1')).value.hits).toBe(2)
  expect(came).toEqual([true, false, true])
})

test('an answer that a scope has not changed takes nothing back that was committed while it was under way', async () => {
  const inner = memoryStore()
  const watched = counted(inner)
  const [scopes] = await processes(1, { store: watched.store })
  const session = await scopes.open(Session, 's1')
  await session.update(draft => void draft.hits++)
  let answer = (): void => {}
  const held = new Promise<void>(resolve => (answer = resolve))
  watched.store.load = async (key, options) => {
    const loaded = await inner.load(key, options)
    await held
    return loaded
  }
  const opening = scopes.open(Session, 's1')
  await session.update(draft => void draft.hits++)
  answer()
  expect((await opening).value.hits).toBe(2)
  expect(session.version).toBe(2)
})

test('what a feed has taken back is read anew, whatever its token', async () => {
  const inner = memoryStore()
  const { store, came } = watchedAnswers(inner)
  const messages = new Subject<FeedMessage>()
  const scopes = await openFed(store, messages)
  const session = await scopes.open(Session, 's1')
  await session.update(draft => void draft.hits++)
  const watching = session.value$.subscribe()
  await scopes.open(Session, 's1')
  expect(came).not.toContain(true)
  messages.next({ type: 'rolled-back', partition: 0, feedToken: 't1' as FeedToken })
  await expect.poll(() => came, { interval: 1 }).toContain(true)
  expect(session.value.hits).toBe(1)
  watching.unsubscribe()
  messages.complete()
  await scopes.close()
})

/** Scopes whose feed says what the test says. */
function openFed(store: DocumentStore, messages: Subject<FeedMessage>): Promise<Scopes> {
  return openScopes({
    application: 'shop',
    store,
    feed: {
      coverage: 'all',
      partitions: 1,
      probe: () => Promise.resolve(),
      async *open() {
        const queue: FeedMessage[] = []
        let wake = (): void => {}
        let isOver = false
        messages.subscribe({
          next: message => {
            queue.push(message)
            wake()
          },
          complete: () => {
            isOver = true
            wake()
          },
        })
        for (;;) {
          const message = queue.shift()
          if (message) yield message
          else if (isOver) return
          else await new Promise<void>(resolve => (wake = resolve))
        }
      },
    },
  })
}
