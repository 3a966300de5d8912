/** The headers of an answer that is about to leave, in whatever framework. Names are in lower case. */
export interface AnswerHeaders {
  names(): Iterable<string>
  get(name: string): string | undefined
  set(name: string, value: string): void
  remove(name: string): void
}

/** What speaks to shared caches alone, and goes before Cache-Control there (RFC 9213, Surrogate-Control). */
const sharedCacheHeader = /^(?:surrogate-control|(?:[a-z0-9-]+-)?cdn-cache-control)$/

/** A directive with its value, which may hold commas in quotes. */
const directivePattern = /(?:[^,"]|"[^"]*")+/g

const forSharedCaches = /^(?:public|s-maxage|private|proxy-revalidate)\b/i

/**
 * Afterwards no shared cache may keep the answer, because it brings one visitor a cookie: another one would get it from there.
 * For how long the visitor's own browser keeps it stays as it was.
 */
export function makePrivate(headers: AnswerHeaders): void {
  for (const name of headers.names()) if (sharedCacheHeader.test(name)) headers.remove(name)
  const directives = (headers.get('cache-control')?.match(directivePattern) ?? []).map(directive => directive.trim())
  if (directives.some(directive => /^(?:private|no-store)$/i.test(directive))) return
  const kept = directives.filter(directive => directive !== '' && !forSharedCaches.test(directive))
  headers.set('cache-control', [...kept, 'private'].join(', '))
}
