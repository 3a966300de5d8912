import type { PlainObject } from './kind.ts'

/**
 * An object with these properties that is quick to copy. One that was built property by property becomes a hash table
 * inside the engine beyond some 12 of them, and so are its frozen copies; every change copies the objects above it.
 */
export function quickToCopy(built: PlainObject, size: number): PlainObject {
  return size > 12 ? { ...built } : built
}
