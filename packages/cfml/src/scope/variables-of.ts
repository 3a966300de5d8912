import { csrfKey, systemKey } from './system-values.ts'

/** The variables of a stored state, without what the package keeps beside them. */
export function variablesOf(state: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(state).filter(([key]) => !isHidden(key)))
}

/** Whether the key is one that the package keeps for itself. */
export function isHidden(key: string): boolean {
  return key === systemKey || key === csrfKey
}
