import { UnreadableDocumentError } from '../errors.ts'
import { adopt } from '../value/plain-data.ts'
import type { State } from '../value/plain-data.ts'
import type { CommitId, Life } from './scope-document.ts'

const commitIdBytes = 16
const lifeBytes = 8

/** The payload as an object of named fields. */
export function fieldsOf(payload: unknown): Readonly<Record<string, unknown>> {
  return isPlainObject(payload) ? payload : refuse('the payload', 'an object of fields')
}

/** The field as a state: checked and frozen. */
export function stateField(value: unknown): State {
  return isPlainObject(value) ? (adopt(value) as State) : refuse('state', 'a plain object')
}

/** The field as a whole number from 0 on. */
export function countField(name: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    return refuse(name, 'a whole number from 0 on')
  }
  return value
}

/** The field as milliseconds since 1970. */
export function timeField(name: string, value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : refuse(name, 'a time in milliseconds')
}

/** The field as a text; undefined when it is absent. */
export function optionalText(name: string, value: unknown): string | undefined {
  return value === undefined || typeof value === 'string' ? value : refuse(name, 'a text')
}

/** The field as a life, from its bytes. */
export function lifeField(name: string, value: unknown): Life {
  if (!(value instanceof Uint8Array) || value.length !== lifeBytes) return refuse(name, `a life of ${lifeBytes} bytes`)
  return hexOf(value) as Life
}

/** A life as a field holds it. */
export function packLife(life: Life): Uint8Array {
  return Buffer.from(life, 'hex')
}

/** The field as the ids of the last versions up to `version`, oldest first, of which `newest` is the last. */
export function idsField(value: unknown, newest: CommitId, version: number): readonly CommitId[] {
  if (!(value instanceof Uint8Array)) return refuse('ids', 'bytes')
  const count = value.length / commitIdBytes
  if (!Number.isInteger(count) || count < 1 || count > version) {
    return refuse('ids', `a list of 1 to ${version} commit ids`)
  }
  // One text that is cut: a third of the time of a text for each.
  const text = hexOf(value)
  const ids: CommitId[] = []
  for (let end = 32; end <= text.length; end += 32) ids.push(text.slice(end - 32, end) as CommitId)
  return ids[count - 1] === newest ? ids : refuse('ids', 'a list that ends with the commit id of its frame')
}

/** Commit ids as a field holds them. */
export function packIds(ids: readonly CommitId[]): Uint8Array {
  return Buffer.from(ids.join(''), 'hex')
}

/** @throws UnreadableDocumentError that says what the field is not. */
export function refuse(name: string, expected: string): never {
  throw new UnreadableDocumentError(`${name} is not ${expected}`)
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

function hexOf({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('hex')
}
