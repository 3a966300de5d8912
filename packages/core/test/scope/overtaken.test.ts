import { expect, test } from 'vitest'
import { type ChangeFeed, type FeedMessage, type FeedToken, memoryStore, openScopes } from '../../src/index.ts'
import { Session, counted } from './fixture.ts'

const common = { partition: 0, feedToken: 'a token' as FeedToken }

/** A feed that says what it is told to. */
function spoken(): { readonly feed: ChangeFeed; readonly say: (message: FeedMessage) => Promise<void> } {
  const waiting: FeedMessage[] = [{ ...common, type: 'caught-up', asOf: 0 }]
  let wake = (): void => {}
  return {
    feed: {
      coverage: 'all',
      partitions: 1,
      async *open({ signal } = {}) {
        signal?.addEventListener('abort', () => wake())
        while (signal?.aborted !== true) {
          const message = waiting.shift()
          if (message) yield message
          else await new Promise<void>(resolve => (wake = resolve))
        }
      },
      probe: () => Promise.resolve(),
    },
    say: async message => {
      waiting.push(message)
      wake()
      await new Promise(resolve => setImmediate(resolve))
    },
  }
}

test.each(['rolled-back', 'lost'] as const)(
  'epoch: whoever has written shows it, though the feed said %s while the acknowledgement was under way',
  async type => {
    const store = counted(memoryStore())
    const { feed, say } = spoken()
    const scopes = await openScopes({ application: 'shop', store: store.store, feed })
    const session = await scopes.open(Session, 's1')
    await session.update(draft => void draft.hits++)
    const watching = session.value$.subscribe()
    await new Promise(resolve => setImmediate(resolve))
    store.before = async operation => {
      if (operation === 'append') await say({ ...common, type })
    }
    await session.update(draft => void draft.hits++)
    expect(session.value.hits).toBe(2)
    expect(session.version).toBe(2)
    watching.unsubscribe()
    await scopes.close()
  },
)
