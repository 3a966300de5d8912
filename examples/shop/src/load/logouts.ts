import type { LoadClient } from './load-client.ts'
import { askWell, factsOf, newSession } from './session-of.ts'
import { type LoadRow, Tally } from './tally.ts'

/** How often it is tried. */
const tries = 10

/**
 * Logouts while a slow write of the same session is in flight: the write began before the logout and ends after it. It
 * must be refused, and the session must not come back.
 */
export async function runLogouts(
  clients: readonly LoadClient[],
): Promise<{ readonly row: LoadRow; readonly tally: Tally }> {
  const tally = new Tally()
  let [seen, lost, revived] = [0, 0, 0]
  for (let index = 0; index < tries; index++) {
    const [writer, leaver] = [clients[index % clients.length], clients[(index + 1) % clients.length]]
    if (writer === undefined || leaver === undefined) throw new Error('There are no clients.')
    const cookie = await newSession(leaver)
    const finish = await writer.askSlowly({ path: '/slow-note', cookie }, 'written in the meantime')
    tally.add(await askWell(leaver, { path: '/logout', cookie }))
    const answer = await finish()
    tally.add(answer)
    if (answer.status >= 500) throw new Error(`The slow write was answered by ${answer.status}: ${answer.body}`)
    const found = await Promise.all([factsOf(writer, cookie), factsOf(leaver, cookie)])
    const isRevived = found.some(facts => facts.isStored)
    const isAcknowledged = answer.status < 400
    if (isRevived) revived++
    else if (isAcknowledged) lost++
    else seen++
  }
  return { row: { shape: 'logout-in-flight', expected: tries, seen, lost, revived, ...tally.times() }, tally }
}
