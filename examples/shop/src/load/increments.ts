import type { LoadClient } from './load-client.ts'
import { type SessionFacts, askWell, factsOf, newSession } from './session-of.ts'
import { type LoadRow, Tally } from './tally.ts'

/** A way to count. */
export interface Shape {
  readonly name: 'at-once' | 'slow-handler' | 'own-keys'
  readonly path: string
  /** What a client sends with each increment. */
  readonly form: (client: number) => Readonly<Record<string, string>>
  /** What the session has counted. */
  readonly seen: (facts: SessionFacts) => number
}

/** The shapes in which other libraries lose most of the increments. */
export const shapes: readonly Shape[] = [
  /** Everybody adds one to the same number. */
  { name: 'at-once', path: '/increment', form: () => ({}), seen: facts => facts.hits },
  /** The same in a handler that awaits something for 5 ms between reading and writing. */
  { name: 'slow-handler', path: '/increment-slow', form: () => ({}), seen: facts => facts.hits },
  /** With the 5 ms, but each client has a number of its own. */
  {
    name: 'own-keys',
    path: '/own-key',
    form: client => ({ client: `client-${client}` }),
    seen: ({ own }) => Object.values(own).reduce((sum, count) => sum + count, 0),
  },
]

/** How often each client adds one. */
const incrementsEach = 100

/** All clients at the same time on one session, each one request after the other. */
export async function runIncrements(
  clients: readonly LoadClient[],
  { name, path, form, seen }: Shape,
): Promise<{ readonly row: LoadRow; readonly tally: Tally }> {
  const [first] = clients
  if (first === undefined) throw new Error('There are no clients.')
  const cookie = await newSession(first)
  const tally = new Tally()
  const count = async (client: LoadClient, index: number): Promise<void> => {
    for (let done = 0; done < incrementsEach; done++) {
      tally.add(await askWell(client, { path, cookie, form: form(index) }))
    }
  }
  await Promise.all(clients.map(count))
  const times = tally.times()
  const expected = clients.length * incrementsEach
  // Each process must find the same in the store: the worst of them counts.
  const found = await Promise.all(clients.map(async client => seen(await factsOf(client, cookie))))
  const worst = found.toSorted((one, other) => Math.abs(expected - other) - Math.abs(expected - one))[0] ?? 0
  return { row: { shape: name, expected, seen: worst, lost: expected - worst, revived: 0, ...times }, tally }
}
