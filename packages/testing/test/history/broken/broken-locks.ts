import { AsyncLocalStorage } from 'node:async_hooks'

import { type BrokenEngine, forwarded } from './broken-engine.ts'

/** Locks that do not protect what is written under them. */
export const brokenLocks: readonly BrokenEngine[] = [
  {
    flaw: 'lets a holder write who was overtaken while he stood still',
    kinds: ['lock-overtaken'],
    shownBy: 11,
    engine: () => {
      const outside = AsyncLocalStorage.snapshot()
      return {
        scopes: scopes => ({
          ...forwarded(scopes),
          // Its writes know nothing of the lock.
          lock: (options, body) => scopes.lock(options, lock => outside(() => body(lock))),
        }),
      }
    },
  },
  {
    flaw: 'keeps nobody out',
    kinds: ['lock-overtaken'],
    shownBy: 38,
    engine: () => ({ scopes: scopes => ({ ...forwarded(scopes), lock: (_, body) => body({ fencingToken: 1n }) }) }),
  },
]
