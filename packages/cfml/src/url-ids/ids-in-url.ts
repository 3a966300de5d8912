import { urlIds } from './url-ids.ts'

/** The ids that a URL brings for a scope: only sessions are named there. */
export function idsInUrl(url: string | undefined, scopeName: string): readonly string[] {
  return scopeName === 'session' ? urlIds(url) : []
}

/** What an answer to a URL with an id that counts says, as name and value; undefined where there is none. */
export function refererRule(
  { acceptsUrlIds }: { readonly acceptsUrlIds: boolean },
  url: string | undefined,
): readonly [string, string] | undefined {
  // An id in the URL is no business of the pages that are linked from it.
  return acceptsUrlIds && idsInUrl(url, 'session').length > 0 ? ['Referrer-Policy', 'same-origin'] : undefined
}
