import { AsyncLocalStorage } from 'node:async_hooks'

import {
  defineScope,
  systemClock,
  StoreUnavailableError,
  type Clock,
  type DocumentStore,
  type Lock,
  type LockOptions,
  type MutationResult,
  type Scopes,
  type StoreToken,
} from '@scopes/core'

import type { LeaseFlaw } from '../../src/lease-contract/lease-contract.ts'
import type { LockingScopes } from '../../src/lease-contract/lease-clause.ts'

/** Locks that break one promise. */
export interface BrokenLease {
  /** The clause that must catch them. */
  readonly clause: string
  readonly flaw: string
  /** Made anew for each run. */
  readonly make: () => LeaseFlaw
}

type Locking = <T>(scopes: Scopes, options: LockOptions, body: (lock: Lock) => T | Promise<T>) => Promise<T | undefined>

function locking(lock: Locking): LeaseFlaw {
  return {
    scopes: (scopes): LockingScopes => ({
      lock: (options, body) => lock(scopes, options, body),
      open: scopes.open.bind(scopes),
      changes: options => scopes.changes(options),
      close: () => scopes.close(),
    }),
  }
}

function storing(
  change: (store: DocumentStore, clock: Clock) => Partial<DocumentStore>,
): NonNullable<LeaseFlaw['store']> {
  return (store, clock) => {
    const sound: DocumentStore = {
      capabilities: store.capabilities,
      feed: store.feed,
      open: options => store.open(options),
      load: (key, options) => store.load(key, options),
      insert: (key, bytes, options) => store.insert(key, bytes, options),
      append: (key, bytes, token, options) => store.append(key, bytes, token, options),
      replace: (key, bytes, token, options) => store.replace(key, bytes, token, options),
      remove: (key, token, options) => store.remove(key, token, options),
      close: () => store.close(),
    }
    return { ...sound, ...change(sound, clock) }
  }
}

const isLock = (key: string): boolean => key.startsWith('lock:')
const done: MutationResult = { type: 'done', token: 1n as StoreToken }
const deaf = new AbortController().signal

/** Bodies do not know which lock they run under. */
const outside = (): LeaseFlaw => {
  const leave = AsyncLocalStorage.snapshot()
  return locking((scopes, options, body) => scopes.lock(options, lock => leave(() => body(lock))))
}

const leases = (factor: number): LeaseFlaw =>
  locking((scopes, options, body) => scopes.lock({ ...options, leaseMs: (options.leaseMs ?? 15_000) * factor }, body))

const withoutSignal = (): LeaseFlaw =>
  locking((scopes, options, body) => scopes.lock(options, lock => body({ ...lock, signal: deaf })))

const Journal = defineScope({ kind: 'journal', initial: () => ({ locks: 0 }) })

export const brokenLeases: readonly BrokenLease[] = [
  {
    clause: 'exclusive: one holder at a time over all processes, first come, first served',
    flaw: 'run every body at once',
    make: () => locking(async (_, __, body) => body({ type: 'exclusive', fencingToken: 1n, signal: deaf })),
  },
  {
    clause: 'readonly: readers hold it together, and no writer meanwhile',
    flaw: 'take readers for writers',
    make: () => locking((scopes, options, body) => scopes.lock({ ...options, type: 'exclusive' }, body)),
  },
  {
    clause: 'readonly: a reader does not go past a writer who stands in line',
    flaw: 'let every reader in who does not want to wait',
    make: () =>
      locking(async (scopes, options, body) =>
        options.type === 'readonly' && options.timeoutMs === 0
          ? body({ type: 'readonly', fencingToken: 1n, signal: deaf })
          : scopes.lock(options, body),
      ),
  },
  {
    clause: 'amount: so many hold it at once, and no more',
    flaw: 'have a place too many',
    make: () =>
      locking((scopes, options, body) => scopes.lock({ ...options, amount: (options.amount ?? 1) + 1 }, body)),
  },
  {
    clause: 'name: case and space around do not count, and one name is one lock in all applications',
    flaw: 'take names as they come',
    make: () =>
      locking((scopes, options, body) =>
        scopes.lock({ ...options, name: Buffer.from(options.name ?? '').toString('hex') }, body),
      ),
  },
  {
    clause: 'scope: each scope has a lock of its own',
    flaw: 'have one lock for all scopes of a kind',
    make: () =>
      locking((scopes, { scope, ...options }, body) => scopes.lock({ ...options, name: scope?.key.kind }, body)),
  },
  {
    clause: 'time-out: who waits too long is told what, how long and who, and leaves nothing in line',
    flaw: 'keep the time-out for themselves',
    make: () => locking((scopes, options, body) => scopes.lock({ ...options, throwOnTimeout: false }, body)),
  },
  {
    clause: 'time-out: with throwOnTimeout false the body is left out',
    flaw: 'throw all the same',
    make: () => locking((scopes, options, body) => scopes.lock({ ...options, throwOnTimeout: true }, body)),
  },
  {
    clause: 're-entrant: the owner enters again, and others are kept out until the outermost body has ended',
    flaw: 'do not know their owner',
    make: () => {
      const leave = AsyncLocalStorage.snapshot()
      return locking((scopes, options, body) => leave(() => scopes.lock(options, body)))
    },
  },
  {
    clause: 'upgrade: readonly does not become exclusive, which is said at once',
    flaw: 'make a reader a writer',
    make: () =>
      locking(async (scopes, options, body) => {
        try {
          return await scopes.lock(options, body)
        } catch (error) {
          if (!(error instanceof Error && 'code' in error && error.code === 'lock-upgrade')) throw error
          return body({ type: 'exclusive', fencingToken: 1n, signal: deaf })
        }
      }),
  },
  {
    clause: 'cost: lock and unlock are two requests when nobody else wants it',
    flaw: 'look first',
    make: () => ({
      store: storing(store => ({
        insert: async (key, bytes, options) => {
          await store.load(key)
          return store.insert(key, bytes, options)
        },
      })),
    }),
  },
  {
    clause: 'changes: locks are no scopes, and nothing is told of them',
    flaw: 'keep a scope of their own',
    make: () =>
      locking(async (scopes, options, body) => {
        await (await scopes.open(Journal, 'locks')).update(draft => void draft.locks++)
        return scopes.lock(options, body)
      }),
  },
  {
    clause: 'renewal: who lives keeps the lock, however long the body takes',
    flaw: 'oversleep',
    make: () => ({ clock: clock => ({ ...clock, sleep: (ms, signal) => clock.sleep(ms * 20, signal) }) }),
  },
  {
    clause: 'death: the lock of a dead holder is free after its lease',
    flaw: 'wait ten leases',
    make: () => leases(10),
  },
  {
    clause: 'death: and not before',
    flaw: 'wait a tenth of the lease',
    make: () => leases(0.1),
  },
  {
    clause: 'death: who stands in line and dies does not hold up those behind',
    flaw: 'wait ten leases for the dead in line',
    make: () => leases(10),
  },
  {
    clause: 'fencing token: each holder has a greater one, also when nobody had the lock in between',
    flaw: 'count the holders in the lock document, which goes',
    make: () => {
      const tokens = new Map<string, bigint>()
      return {
        ...locking((scopes, options, body) =>
          scopes.lock(options, lock => body({ ...lock, fencingToken: tokens.get(options.name ?? '') ?? 1n })),
        ),
      }
    },
  },
  {
    clause: 'clocks: a wall clock that is ten minutes wrong takes no lock away, and gives none',
    flaw: 'date their documents by the clock of the process',
    make: () => ({
      store: storing((store, clock) => ({
        insert: (key, bytes, { ttlSeconds = 0 } = {}) =>
          store.insert(key, bytes, { expiresAt: clock.now() / 1000 + ttlSeconds }),
      })),
    }),
  },
  {
    clause:
      'net: the document of a dead holder whom nobody waits for is dropped by the store, and not before its lease is over',
    flaw: 'keep it for ever',
    make: () => ({ store: storing(store => ({ insert: (key, bytes) => store.insert(key, bytes) })) }),
  },
  {
    clause:
      'fence: a holder who stood still, and his clock with him, writes nothing over what his successor has written',
    flaw: 'fence nothing',
    make: outside,
  },
  { clause: 'fence: nor does he end or rotate the scope', flaw: 'fence nothing', make: outside },
  {
    clause: 'fence: what readers write shuts out no reader',
    flaw: 'let readers fence each other',
    make: () => {
      let newest = 0n
      return locking((scopes, options, body) =>
        scopes.lock(options, async lock => {
          const result = await body(lock)
          if (lock.fencingToken < newest) throw new StoreUnavailableError('fenced')
          newest = lock.fencingToken
          return result
        }),
      )
    },
  },
  {
    clause:
      'loss: who cannot renew is told by the signal before anybody else can have the lock, and begins no write then',
    flaw: 'say nothing',
    make: withoutSignal,
  },
  {
    clause: 'settle: the lock is not given back before the writes of the body have landed',
    flaw: 'wait for nothing',
    make: outside,
  },
  {
    clause:
      'lost answers: of taking the lock, before and after it was executed: it is taken once, and nobody waits for himself',
    flaw: 'take a lost answer for a good one',
    make: () => ({
      store: storing(store => ({
        insert: (key, bytes, options) => store.insert(key, bytes, options).catch(() => done),
      })),
    }),
  },
  {
    clause: 'lost answers: of renewing it: the holder keeps it',
    flaw: 'send every sign of life too late',
    make: () => leases(0.1),
  },
  {
    clause: 'lost answers: of giving it back: the next has it at once',
    flaw: 'take a lost answer for a good one',
    make: () => ({ store: storing(store => ({ remove: (key, token) => store.remove(key, token).catch(() => done) })) }),
  },
  {
    clause: 'late requests: a release that lands late frees nobody else’s lock',
    flaw: 'remove whatever is there',
    make: () => ({
      beneath: store =>
        storing(sound => ({
          remove: async (key, token) => {
            const stored = isLock(key) ? await sound.load(key) : undefined
            return sound.remove(key, stored?.token ?? token)
          },
        }))(store, systemClock),
    }),
  },
  {
    clause: 'store down for 20 s in the middle: the holder is told, and afterwards the lock can be had again',
    flaw: 'go on believing',
    make: withoutSignal,
  },
]
