import type { ChangeFeed, FeedMessage } from '@scopes/core'

import type { CheckedScopes, Watchable } from '../../../src/history/checked-engine.ts'
import { each, forwarded, type BrokenEngine } from './broken-engine.ts'

/** Engines whose observers are not told what they should be. */
export const brokenFeeds: readonly BrokenEngine[] = [
  {
    flaw: 'has a feed that drops messages',
    kinds: ['observer-final', 'divergence'],
    shownBy: 20,
    engine: () => {
      const isDropped = each(3)
      return { feed: feed => filtered(feed, () => !isDropped()) }
    },
  },
  {
    flaw: 'has a feed that falls silent',
    kinds: ['observer-final', 'divergence'],
    shownBy: 35,
    engine: () => {
      let messages = 0
      return { feed: feed => filtered(feed, () => ++messages < 5) }
    },
  },
  {
    flaw: 'tells changes out of order',
    kinds: ['observer-order', 'observer-gap'],
    shownBy: 20,
    engine: () => ({ scopes: scopes => withChanges(scopes, swapping) }),
  },
  {
    flaw: 'tells changes twice',
    kinds: ['observer-order'],
    shownBy: 34,
    engine: () => ({ scopes: scopes => withChanges(scopes, next => change => [change, change].forEach(next)) }),
  },
  {
    flaw: 'leaves out changes in silence',
    kinds: ['observer-gap'],
    shownBy: 34,
    engine: () => {
      const isLeftOut = each(4)
      return { scopes: scopes => withChanges(scopes, next => change => (isLeftOut() ? undefined : next(change))) }
    },
  },
]

/** The feed, without those messages about documents that do not pass. */
function filtered(feed: ChangeFeed, passes: () => boolean): ChangeFeed {
  return {
    coverage: feed.coverage,
    partitions: feed.partitions,
    probe: options => feed.probe(options),
    open: options => {
      const messages = feed.open(options)
      return (async function* (): AsyncGenerator<FeedMessage> {
        for await (const message of messages) if (!('key' in message) || passes()) yield message
      })()
    },
  }
}

type Change = Parameters<Parameters<ReturnType<CheckedScopes['changes']>['subscribe']>[0]['next']>[0]

/** The scopes, with what they tell of all scopes going through `change`. */
function withChanges(
  scopes: CheckedScopes,
  change: (next: (told: Change) => void) => (told: Change) => void,
): CheckedScopes {
  return {
    ...forwarded(scopes),
    changes: (options): Watchable<Change> => ({
      subscribe: observer =>
        scopes.changes(options).subscribe({
          ...observer,
          next: change(told => observer.next(told)),
        }),
    }),
  }
}

/** Each third change about a scope comes after the next one. */
function swapping(next: (told: Change) => void): (told: Change) => void {
  const isHeld = each(3)
  let held: Change | undefined
  return told => {
    if (!('key' in told)) return next(told)
    if (held === undefined && isHeld()) held = told
    else {
      next(told)
      if (held) next(held)
      held = undefined
    }
  }
}
