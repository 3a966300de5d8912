// Replicas: the cache of `openScopes` that the changes feed keeps current.
export { replicas } from './replicas.ts'
export type { ReplicasOptions } from './replicas.ts'
export type { Replicas } from './replica-cache.ts'
