import { bytesOf, expectDocument } from '../contract/expect-document.ts'
import { expectDone } from '../contract/expect-result.ts'
import type { Clause } from '../contract/clause.ts'

/** Opening. */
export const openClauses: readonly Clause[] = [
  {
    name: 'open: may be called again, at the same time too, and changes nothing',
    run: async ({ openStore }) => {
      const store = await openStore()
      expectDone(await store.insert('session:shop:1', bytesOf('a')))
      await Promise.all([store.open(), store.open()])
      await store.open()
      await expectDocument(store, 'session:shop:1', 'a')
    },
  },
]
