import { InvalidStateError } from '../errors.ts'
import { formatPath, type Path } from './path.ts'

/** Throws the InvalidStateError that says why the value at `path` cannot be stored. */
export function refuseValue(path: Path, reason: string): never {
  throw new InvalidStateError(
    `${formatPath(path)} ${reason}: it cannot be stored. A state is plain data: objects, arrays, Map, Set, Date, bigint, Uint8Array, valid texts, numbers, booleans, null.`,
    { path: [...path] },
  )
}
