import { freeze } from 'immer'
import { markHolder } from './stored-bytes.ts'

/** The same container, frozen: a Map or Set throws when it is changed. `mayHoldBytes`: `restoreBytes` looks into it. */
export function freezeContainer<T extends object>(container: T, mayHoldBytes: boolean): T {
  if (mayHoldBytes) markHolder(container)
  return container instanceof Map || container instanceof Set ? freeze(container) : Object.freeze(container)
}
