import { entriesOf } from './entries.ts'
import type { Path } from './path.ts'

// A Uint8Array cannot be frozen, so a change in place is found by comparison with a copy, and taken back. The set of
// containers that have bytes below them lets every other scope pay nothing for that.
const pristineCopies = new WeakMap<Uint8Array, Uint8Array>()
const holders = new WeakSet<object>()

/** Bytes of a state: in memory of their own, guarded by `restoreBytes`. What is stored already is given back as it is. */
export function storeBytes(bytes: Uint8Array): Uint8Array {
  if (pristineCopies.has(bytes)) return bytes
  const stored = new Uint8Array(bytes)
  pristineCopies.set(stored, new Uint8Array(bytes))
  return stored
}

/** Afterwards `restoreBytes` looks for bytes in this container. Its parents must be marked as well. */
export function markHolder(container: object): void {
  holders.add(container)
}

/** Whether the value is bytes or a container that may have bytes below it. */
export function holdsBytes(value: unknown): boolean {
  return typeof value === 'object' && value !== null && (value instanceof Uint8Array || holders.has(value))
}

/** Afterwards the bytes in this state are what they were when stored. Returns where they were not, or undefined. */
export function restoreBytes(state: object): Path | undefined {
  return holders.has(state) ? restoreIn(state, []) : undefined
}

function restoreIn(container: object, path: Path): Path | undefined {
  let found: Path | undefined
  for (const [key, value] of entriesOf(container)) {
    if (!holdsBytes(value)) continue
    const at = [...path, key]
    const changed = value instanceof Uint8Array ? (restoreLeaf(value) ? at : undefined) : restoreIn(value as object, at)
    found ??= changed
  }
  return found
}

function restoreLeaf(leaf: Uint8Array): boolean {
  const pristine = pristineCopies.get(leaf)
  if (pristine === undefined || Buffer.compare(leaf, pristine) === 0) return false
  // Bytes whose memory was given away (a transfer to a worker) have no place any more to restore anything to.
  if (leaf.length === pristine.length) leaf.set(pristine)
  return true
}
