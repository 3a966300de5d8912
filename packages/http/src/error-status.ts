/** The status of the page for an error, where its handler does not set one: its own if it is one of errors, else 500. */
export function errorStatus(error: unknown): number {
  if (!(error instanceof Error)) return 500
  const { status, statusCode } = error as { readonly status?: unknown; readonly statusCode?: unknown }
  const own = status ?? statusCode
  return typeof own === 'number' && own >= 400 && own < 600 ? own : 500
}
