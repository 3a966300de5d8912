/** The most ids of one URL that are looked at. */
const mostIds = 3

/**
 * The ids in the query of a URL: the values of `cfid`, whatever its case, in their order. What cannot be decoded is passed over;
 * whether an id names a session is for the gate to say.
 */
export function urlIds(url: string | undefined): readonly string[] {
  const query = /^[^?#]*\?([^#]*)/u.exec(url ?? '')?.[1]
  if (query === undefined) return []
  const ids: string[] = []
  for (const pair of query.split('&')) {
    const equals = pair.indexOf('=')
    if (equals < 0 || pair.slice(0, equals).toLowerCase() !== 'cfid') continue
    const id = decoded(pair.slice(equals + 1))
    if (id !== undefined && ids.length < mostIds) ids.push(id)
  }
  return ids
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
