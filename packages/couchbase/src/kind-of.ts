/** The kind of a document key: what stands before its first colon, or all of it. */
export function kindOf(key: string): string {
  const colon = key.indexOf(':')
  return colon < 0 ? key : key.slice(0, colon)
}
