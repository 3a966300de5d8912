/**
 * All values of the cookie `name` in a Cookie header, in its order; empty ones too. Nothing is decoded: ids need no escapes,
 * and a neighbour's malformed cookie must not be able to fail the request.
 */
export function readCookies(header: string | undefined, name: string): string[] {
  const values: string[] = []
  for (const pair of header?.split(';') ?? []) {
    const equals = pair.indexOf('=')
    if (equals < 0 || pair.slice(0, equals).trim() !== name) continue
    const value = pair.slice(equals + 1).trim()
    values.push(value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value)
  }
  return values
}
