/** How many messages are taken in one turn of the event loop. */
const turn = 128

/** The same messages. A long backlog comes without a pause: after so many of it the rest of the process has its turn. */
export async function* inTurns<T>(messages: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  let received = 0
  for await (const message of messages) {
    yield message
    if (++received % turn === 0) await new Promise<void>(resolve => setImmediate(resolve))
  }
}
