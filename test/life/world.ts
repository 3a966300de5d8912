import {
  type DocumentStore,
  type EndHandler,
  type EndedDocument,
  type EndedScope,
  type OpenScopesOptions,
  type Scope,
  type ScopeDefinition,
  type Scopes,
  decodeDocument,
  defineScope,
  memoryStore,
  openScopes,
} from '@scopes/core'
import { type FaultStore, type ManualClock, faultStore, manualClock } from '@scopes/testing'
import { onTestFinished } from 'vitest'

/** A visit: ends after two minutes, and somebody is to be told. */
export interface Visit {
  pages: string[]
}

export const Visit: ScopeDefinition<Visit> = defineScope({
  kind: 'visit',
  initial: (): Visit => ({ pages: [] }),
  idle: '2m',
  keepEnds: '7d',
})

export const minute = 60_000

/** A store, a clock that stands still, and as many processes as a test wants. */
export interface World {
  readonly clock: ManualClock
  readonly store: DocumentStore
  /** A process of its own, behind faults of its own. */
  readonly process: (name: string, options?: Partial<OpenScopesOptions>) => Promise<Process>
  /** The end marker of the visit, or of what is stored under this key. */
  readonly marker: (documentKey?: string) => Promise<EndedDocument | undefined>
}

interface Process {
  readonly scopes: Scopes
  readonly faulty: FaultStore
  /** What its handlers were told. */
  readonly told: EndedScope<Visit>[]
  /** Registers a handler that notes what it is told, and then does as the given one. */
  handle(handler?: EndHandler<Visit>): () => void
  visit(id?: string): Promise<Scope<Visit>>
  /** Changes the visit. */
  see(page: string, id?: string): Promise<Scope<Visit>>
}

export const key = 'visit:shop:v'

/** @param options of every process */
export function world(common: Partial<OpenScopesOptions> = { reaper: false }): World {
  const clock = manualClock()
  const store = memoryStore({ clock })
  return {
    clock,
    store,
    process: async (name, options = {}) => {
      const faulty = faultStore(store, { clock })
      const given = {
        application: 'shop',
        store: faulty,
        clock,
        process: name,
        commitTimeoutMs: 2000,
        ...common,
        ...options,
      }
      const scopes = await openScopes(given)
      onTestFinished(() => void scopes.close().catch(() => {}))
      return new OneProcess(scopes, faulty)
    },
    marker: async (documentKey = key) => {
      const stored = await store.load(documentKey)
      const document = stored && decodeDocument(stored.bytes)
      return document?.type === 'ended' ? document : undefined
    },
  }
}

class OneProcess implements Process {
  readonly told: EndedScope<Visit>[] = []
  readonly scopes: Scopes
  readonly faulty: FaultStore

  constructor(scopes: Scopes, faulty: FaultStore) {
    this.scopes = scopes
    this.faulty = faulty
  }

  handle(handler: EndHandler<Visit> = () => {}): () => void {
    return this.scopes.onEnd(Visit, ended => {
      this.told.push(ended)
      return handler(ended)
    })
  }

  visit(id = 'v'): Promise<Scope<Visit>> {
    return this.scopes.open(Visit, id)
  }

  async see(page: string, id = 'v'): Promise<Scope<Visit>> {
    const visit = await this.visit(id)
    await visit.update(draft => void draft.pages.push(page))
    return visit
  }
}

/** Work that goes on until it is told to be over. */
export function work(): { readonly promise: Promise<void>; readonly finish: () => void } {
  let finish = (): void => {}
  const promise = new Promise<void>(resolve => (finish = resolve))
  return { promise, finish: () => finish() }
}
