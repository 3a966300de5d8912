import { UnreadableDocumentError } from '../errors.ts'

/** Throws UnreadableDocumentError with what is wrong with the diff. */
export function refuseDiff(what: string): never {
  throw new UnreadableDocumentError(`The diff ${what}.`)
}
