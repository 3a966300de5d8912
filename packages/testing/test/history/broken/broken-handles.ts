import { StoreUnavailableError } from '@scopes/core'

import type { CheckedDraft, CheckedScope } from '../../../src/history/checked-engine.ts'
import type { Ledger } from '../../../src/history/ledger.ts'
import { each, forwarded, replaced, withHandles, type BrokenEngine } from './broken-engine.ts'

/** Engines that do something wrong with what is asked of them. */
export const brokenHandles: readonly BrokenEngine[] = [
  {
    flaw: 'tries again without a commit id',
    kinds: ['duplicated-commit', 'version-gap'],
    shownBy: 27,
    engine: () => withHandles(retrying),
  },
  {
    flaw: 'merges without a base',
    kinds: ['lost-update'],
    shownBy: 20,
    engine: () => withHandles(scope => replaced(scope, { draft: () => overwritingDraft(scope) })),
  },
  {
    flaw: 'writes one change as two commits',
    kinds: ['version-gap', 'lost-update'],
    shownBy: 20,
    engine: () => withHandles(torn),
  },
  {
    flaw: 'says that nothing was written where nobody knows',
    kinds: ['false-outcome'],
    shownBy: 34,
    engine: () =>
      withHandles(scope => {
        const isLost = each(5)
        return replaced(scope, {
          update: async (recipe, options) => {
            const committed = await scope.update(recipe, options)
            if (isLost()) throw new StoreUnavailableError('The answer was lost.', { outcome: 'none' })
            return committed
          },
        })
      }),
  },
  {
    flaw: 'reports an end that it did not write',
    kinds: ['revival'],
    shownBy: 2,
    engine: () => withHandles(scope => replaced(scope, { end: async () => {} })),
  },
  {
    flaw: 'takes the end of another for its own',
    kinds: ['duplicated-commit'],
    shownBy: 15,
    engine: () => withHandles(scope => replaced(scope, { end: detail => scope.end(detail).catch(() => undefined) })),
  },
  {
    flaw: 'opens without asking the store',
    kinds: ['stale-read'],
    shownBy: 27,
    engine: () => ({
      scopes: scopes => {
        const opened = new Map<string, Promise<CheckedScope>>()
        return {
          ...forwarded(scopes),
          open: async (definition, id) => {
            const known = opened.get(id) ?? scopes.open(definition, id)
            opened.set(id, known)
            return known.catch((error: unknown) => {
              opened.delete(id)
              throw error
            })
          },
        }
      },
    }),
  },
  {
    flaw: 'shows a replica that goes back',
    kinds: ['non-monotonic-read'],
    shownBy: 20,
    engine: () => withHandles(goingBack),
  },
  {
    flaw: 'shows what was there when the handle was opened',
    kinds: ['unread-own-write'],
    shownBy: 36,
    engine: () => withHandles(frozen),
  },
  {
    flaw: 'lets a rotated id live on',
    kinds: ['revival'],
    shownBy: 2,
    engine: () => ({
      scopes: scopes => {
        let rotations = 0
        return {
          ...forwarded(scopes),
          open: async (definition, id) => {
            const scope = await scopes.open(definition, id)
            return replaced(scope, {
              rotate: async () => {
                const next = await scopes.open(definition, `${id}-${++rotations}`)
                const { list, fields, members, count, last } = scope.value
                await next.update(draft =>
                  Object.assign(draft, { list, fields, members: new Set(members), count, last }),
                )
                return next
              },
            })
          },
        }
      },
    }),
  },
]

/** A change whose answer was lost is made again, as if it had not been made. */
function retrying(scope: CheckedScope): CheckedScope {
  const isLost = each(5)
  return replaced(scope, {
    update: async (recipe, options) => {
      const committed = await scope.update(recipe, options)
      return isLost() ? scope.update(recipe, options) : committed
    },
  })
}

/** At commit each property is what it is in the draft, whatever others have made of it. */
function overwritingDraft(scope: CheckedScope): CheckedDraft {
  const { list, fields, members, count, last } = scope.value
  const value: Ledger = { list: [...list], fields: { ...fields }, members: new Set(members), count, last }
  return {
    value,
    commit: () =>
      scope.update(draft => {
        draft.list = value.list
        draft.fields = value.fields
        draft.members = value.members
        draft.last = value.last
      }),
  }
}

/** The list first, then the rest. */
function torn(scope: CheckedScope): CheckedScope {
  return replaced(scope, {
    update: async (recipe, options) => {
      await scope.update(draft => {
        const { list } = draft
        const before = [...list]
        const { fields, members, count, last } = structuredClone(scope.value)
        recipe(draft)
        Object.assign(draft, { fields: { ...fields }, members: new Set(members), count, last })
        if (draft.list.length === before.length) draft.list.push('…')
      }, options)
      return scope.update(draft => {
        const list = [...draft.list]
        recipe(draft)
        draft.list = list.filter(mark => mark !== '…')
      }, options)
    },
  })
}

type Shown = Pick<CheckedScope, 'life' | 'version' | 'isStored' | 'value'>

function shownBy({ life, version, isStored, value }: CheckedScope): Shown {
  return { life, version, isStored, value }
}

/** Each third time it shows the first state that it has seen. */
function goingBack(scope: CheckedScope): CheckedScope {
  const isBack = each(3)
  let first = shownBy(scope)
  let shown = first
  return replaced(scope, {
    // The first that a reader asks for; what follows belongs to it.
    get life() {
      if (first.life === undefined) first = shownBy(scope)
      shown = isBack() ? first : shownBy(scope)
      return shown.life
    },
    get version() {
      return shown.version
    },
    get isStored() {
      return shown.isStored
    },
    get value() {
      return shown.value
    },
  })
}

/** As long as it lives, it shows what it showed when it was opened. */
function frozen(scope: CheckedScope): CheckedScope {
  const first = shownBy(scope)
  return replaced(scope, {
    get version() {
      return first.version
    },
    get value() {
      return first.value
    },
  })
}
