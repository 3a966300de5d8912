import type { HeldKeys } from '../feed/change-feed.ts'
import type { ScopeRegistry } from './scope-registry.ts'

/** The scopes that anybody in this process has a handle of. */
export function heldKeys(registry: ScopeRegistry): HeldKeys {
  return {
    *keys() {
      for (const { documentKey } of registry.held()) yield documentKey
    },
    tokenOf: key => registry.find(key)?.copy?.token,
  }
}
