/** Afterwards the source of a body that will not be sent is closed: a stream of Node or of the web; other bodies have none. */
export function dropBody(body: unknown): void {
  if (typeof body !== 'object' || body === null) return
  if ('destroy' in body && typeof body.destroy === 'function') body.destroy()
  // What its source says to that is of no interest to anybody.
  else if (body instanceof ReadableStream && !body.locked) body.cancel().catch(() => {})
}
