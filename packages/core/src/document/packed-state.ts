import { UnreadableDocumentError } from '../errors.ts'
import { type State, adopt, captureRoot } from '../value/plain-data.ts'
import { pack, unpack } from './packer.ts'

/**
 * The bytes of a state that is kept somewhere else than in a document of a store. The caller's own.
 * @throws InvalidStateError that names the path of what no scope can hold
 */
export function packState(state: object): Uint8Array {
  return Uint8Array.from(pack(captureRoot(state)))
}

/**
 * The state that was packed, frozen.
 * @throws UnreadableDocumentError when the bytes are no state
 */
export function unpackState(bytes: Uint8Array): State {
  const state = adopt(unpack(bytes))
  if (typeof state === 'object' && state !== null && Object.getPrototypeOf(state) === Object.prototype) {
    return state as State
  }
  throw new UnreadableDocumentError('The bytes are not a packed state: give what packState has made.')
}
