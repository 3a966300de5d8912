/** The application that a document belongs to, by its key; undefined: none, as a lock. */
export function applicationOf(key: string): string | undefined {
  // A scope `kind:application:id`, an index `index:application:…`, a journal `end:kind:application:…`.
  const parts = key.split(':')
  if (parts[0] === 'lock') return undefined
  return parts[0] === 'end' ? parts[2] : parts[1]
}
