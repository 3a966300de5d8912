/** @import { StreamEvents } from '../src/web/page-data.ts' */

/**
 * What the inspector answers to a question. Rejects with an Error whose message says to a person what is wrong.
 *
 * @template T
 * @param {'scopes' | 'scope'} name
 * @param {Readonly<Record<string, string | number | undefined>>} question
 * @param {AbortSignal} [signal]
 * @returns {Promise<T>}
 */
export async function ask(name, question, signal) {
  const query = new URLSearchParams()
  for (const [key, value] of Object.entries(question))
    if (value !== undefined && value !== '') query.set(key, String(value))
  const response = await fetch(`api/${name}?${query}`, { signal: signal ?? null })
  if (response.ok) return response.json()
  const isJson = response.headers.get('content-type')?.includes('json')
  const said = isJson ? (await response.json()).message : `The inspector answered with status ${response.status}.`
  throw new Error(said)
}

/**
 * Listens to what happens, for as long as the page is open. A connection that is lost is made again by the browser.
 *
 * @param {{ readonly [Name in keyof StreamEvents]: (data: StreamEvents[Name]) => void }} listeners
 * @param {(isConnected: boolean) => void} onConnection
 */
export function follow(listeners, onConnection) {
  const source = new EventSource('api/stream')
  for (const [name, listener] of Object.entries(listeners)) {
    // What the inspector sends under a name is of the type that its name has.
    source.addEventListener(name, event => /** @type {(data: unknown) => void} */ (listener)(JSON.parse(event.data)))
  }
  source.addEventListener('open', () => onConnection(true))
  source.addEventListener('error', () => onConnection(false))
}
