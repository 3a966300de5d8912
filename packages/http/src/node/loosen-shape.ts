import type { ServerResponse } from 'node:http'

/** A property that every response of Node has of its own; that of http2's compatible one has not. */
const ownKey = 'sendDate'

/**
 * Afterwards properties can be put on the response at little cost. Express gives it another prototype, and then each property that is
 * added makes V8 a new shape for it, which none of Node's caches knows. An object that a property was taken off is a table instead:
 * to add four functions and answer took 15 µs so and 38 µs before, the answer without them 20 µs (least of 80 rounds).
 */
export function loosenShape(response: ServerResponse): void {
  if (!Object.hasOwn(response, ownKey)) return
  const value = response[ownKey]
  Reflect.deleteProperty(response, ownKey)
  response[ownKey] = value
}
