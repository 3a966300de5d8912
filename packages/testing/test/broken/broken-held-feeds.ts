import { faithfulLook, holding } from '../tiny/tiny-held-feed.ts'
import type { BrokenStore } from './broken-store.ts'

/** Stores whose feeds follow what is held, but not as they must. */
export const brokenHeldFeeds: readonly BrokenStore[] = [
  {
    clause: 'held: what nobody holds is not told',
    flaw: 'tells of every document',
    decorate: (store, { disk }) => holding(store, { ...faithfulLook, keys: () => [...disk.documents.keys()] }),
  },
  {
    clause: 'held: what becomes held is told as it is then, and what is held no more is not told',
    flaw: 'asks only once what is held',
    decorate: store => {
      let begun: readonly string[] | undefined
      return holding(store, { ...faithfulLook, keys: ({ held }) => (begun ??= [...(held?.keys() ?? [])]) })
    },
  },
  {
    clause: 'held: of what its reader knows already, and has not changed, nothing is told',
    flaw: 'tells of each document at each look',
    decorate: store => holding(store, { ...faithfulLook, isNews: () => true }),
  },
  {
    clause: 'held: a removal is told once, with a token after that of the document and before that of a later one',
    flaw: 'forgets what it has told as removed',
    decorate: store => holding(store, { ...faithfulLook, forgets: false }),
  },
]
