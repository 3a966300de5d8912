import { memoryStore, type Clock, type DocumentStore } from '@scopes/core'
import { observedStore } from '../../observed-store.ts'

/** Where the documents of a run are kept: all its processes have a store of their own there. */
export interface SystemPlace {
  /** Another store on the same documents. It judges time by the clock that the place was made with. */
  open(): Promise<DocumentStore>
  /** Afterwards nothing goes wrong at the place itself any more: what went wrong is judged. */
  calm(): Promise<void>
  /** Something goes wrong at the place itself, such as lost answers. Default: nothing does. */
  readonly isUnruly?: boolean
  /** Afterwards nothing of the place is left; its stores have been closed before. */
  teardown(): Promise<void>
}

/** A place in the memory of this process. */
export async function memoryPlace(clock: Clock): Promise<SystemPlace> {
  const store = memoryStore({ clock })
  return {
    // Closing one of them must not end the others.
    open: async () => ({ ...observedStore(store, {}), close: async () => {} }),
    calm: async () => {},
    teardown: () => store.close(),
  }
}
