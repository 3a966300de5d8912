import type { CheckedEnd, CheckedScopes } from '../../../src/history/checked-engine.ts'
import { emptyLedger } from '../../../src/history/ledger.ts'
import { type BrokenEngine, each, forwarded } from './broken-engine.ts'

/** Engines that tell ends wrongly, or keep to no lifetimes. */
export const brokenEnds: readonly BrokenEngine[] = [
  {
    flaw: 'tells nobody of ends',
    kinds: ['end-untold'],
    shownBy: 16,
    engine: () => ({ scopes: scopes => withHandlers(scopes, () => () => {}) }),
  },
  {
    flaw: 'takes a handler that failed for one that succeeded',
    kinds: ['end-untold'],
    shownBy: 30,
    engine: () => ({
      scopes: scopes =>
        withHandlers(scopes, handler => async ended => {
          try {
            await handler(ended)
          } catch {
            // It does not matter.
          }
        }),
    }),
  },
  {
    flaw: 'tells ends again',
    kinds: ['end-told-again'],
    shownBy: 29,
    engine: () => ({
      scopes: scopes =>
        withHandlers(scopes, handler => async ended => {
          await handler(ended)
          await handler(ended)
        }),
    }),
  },
  {
    flaw: 'tells an end in each process',
    kinds: ['end-told-again'],
    shownBy: 1,
    engine: () => {
      const handlers = new Set<(ended: CheckedEnd) => unknown>()
      return {
        scopes: scopes =>
          withHandlers(scopes, handler => {
            handlers.add(handler)
            return ended => Promise.all([...handlers].map(async one => one(ended)))
          }),
      }
    },
  },
  {
    flaw: 'tells of an end before there is one',
    kinds: ['end-untrue', 'revival'],
    shownBy: 29,
    engine: () => {
      let tell: ((ended: CheckedEnd) => unknown) | undefined
      return {
        scopes: scopes => ({
          ...withHandlers(scopes, handler => (tell = handler)),
          open: async (definition, id) => {
            const scope = await scopes.open(definition, id)
            const { key, life, version, value } = scope
            if (life !== undefined && scope.isStored) {
              const end = { key, life, version: version + 1, value, reason: 'ended', detail: 'done', deliveryId: life }
              await Promise.resolve(tell?.({ ...end, signal: new AbortController().signal })).catch(() => undefined)
            }
            return scope
          },
        }),
      }
    },
  },
  {
    flaw: 'does not know why scopes end',
    kinds: ['end-untrue'],
    shownBy: 16,
    engine: () => ({
      scopes: scopes => withHandlers(scopes, handler => ended => handler({ ...ended, reason: 'expired' })),
    }),
  },
  {
    flaw: 'gives each delivery a name of its own',
    kinds: ['end-untrue'],
    shownBy: 30,
    engine: () => {
      let deliveries = 0
      return {
        scopes: scopes =>
          withHandlers(scopes, handler => ended => handler({ ...ended, deliveryId: `${++deliveries}` })),
      }
    },
  },
  {
    flaw: 'forgets the final state',
    kinds: ['lost-update', 'divergence', 'version-gap'],
    shownBy: 29,
    engine: () => ({
      scopes: scopes => withHandlers(scopes, handler => ended => handler({ ...ended, value: emptyLedger() })),
    }),
  },
  {
    flaw: 'goes by a clock that is ahead, which nobody says',
    kinds: ['ended-early'],
    shownBy: 20,
    engine: () => {
      const isAhead = each(2)
      return { clock: clock => (isAhead() ? moved(clock, 3_600_000) : clock) }
    },
  },
  {
    flaw: 'goes by a clock that stands',
    kinds: ['outlived'],
    shownBy: 29,
    engine: () => ({
      clock: clock => {
        const now = clock.now()
        return { ...moved(clock, 0), now: () => now }
      },
    }),
  },
]

type Clock = Parameters<NonNullable<ReturnType<BrokenEngine['engine']>['clock']>>[0]

function moved(clock: Clock, ms: number): Clock {
  return {
    now: () => clock.now() + ms,
    monotonic: () => clock.monotonic(),
    sleep: (...asked) => clock.sleep(...asked),
  }
}

/** The scopes, with every handler changed. */
function withHandlers(
  scopes: CheckedScopes,
  change: (handler: (ended: CheckedEnd) => unknown) => (ended: CheckedEnd) => unknown,
): CheckedScopes {
  return { ...forwarded(scopes), onEnd: (definition, handler) => scopes.onEnd(definition, change(handler)) }
}
