import { derivedKey } from '../document/derived-key.ts'

/** The key of the document that names the scopes of an application which have this value of the index. */
export function indexKey(application: string, name: string, value: string): string {
  return derivedKey(`index:${application}:${name}:${value}`)
}
