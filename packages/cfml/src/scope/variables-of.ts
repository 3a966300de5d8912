import { csrfKey, systemKey } from './system-values.ts'

/** The variables of a stored state, without what the package keeps beside them. */
export function variablesOf(state: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(state).filter(([key]) => !isHidden(key)))
}

/** What the package keeps of the state beside its variables. */
export function keptOf(state: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(state).filter(([key]) => isHidden(key)))
}

const hidden: ReadonlySet<string> = new Set([systemKey, csrfKey])

/** Whether the key is one that the package keeps for itself. In whatever case: to some applications that is the same key. */
export function isHidden(key: string): boolean {
  return hidden.has(key.toLowerCase())
}
