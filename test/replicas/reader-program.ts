import { type Scope, defineScope, openScopes } from '@scopes/core'
import { sqliteStore } from '@scopes/sqlite'
import { replicas } from '@scopes/sync'
import { hearStarter, observedStore, programInput, tellStarter } from '@scopes/testing'

export interface Visit {
  hits: number
}

/** What the program is asked. */
export type Question =
  | { readonly type: 'open'; readonly number: number; readonly id: string; readonly atLeast?: string | undefined }
  /** Holds the scope and tells each value. */
  | { readonly type: 'hold'; readonly id: string }

/** What the program tells. */
export type Told =
  | { readonly type: 'status'; readonly status: string }
  | { readonly type: 'seen'; readonly id: string; readonly hits: number }
  | { readonly type: 'ended'; readonly id: string }
  | {
      readonly type: 'opened'
      readonly number: number
      readonly hits: number
      readonly isStored: boolean
      readonly freshness: string | undefined
      /** How often the store has been asked for a document so far. */
      readonly loads: number
    }

// A process that reads its sessions from replicas.
const { path, changesKept } = programInput() as { readonly path: string; readonly changesKept: number }
const Session = defineScope({ kind: 'session', initial: (): Visit => ({ hits: 0 }) })
const store = sqliteStore({ path, changesKept })
let loads = 0
const scopes = await openScopes({
  application: 'shop',
  store: observedStore(store, { onCall: ({ method }) => void (method === 'load' && loads++) }),
  cluster: false,
  // However slow the machine is: no test is about the time that passes.
  cache: replicas({ maxLagMs: 1_000_000 }),
})
const held: Scope<Visit>[] = []
const tell = (told: Told): void => void tellStarter(told)

hearStarter(question => void answer(question as Question))
scopes.status$.subscribe(({ type }) => tell({ type: 'status', status: type }))

async function answer(question: Question): Promise<void> {
  const { id } = question
  if (question.type === 'open') {
    const { number, atLeast } = question
    const { value, isStored, freshness } = await scopes.open(Session, id, { atLeast })
    return tell({ type: 'opened', number, hits: value.hits, isStored, freshness, loads })
  }
  const scope = await scopes.open(Session, id)
  held.push(scope)
  scope.value$.subscribe({
    next: ({ hits }) => tell({ type: 'seen', id, hits }),
    complete: () => tell({ type: 'ended', id }),
  })
}
