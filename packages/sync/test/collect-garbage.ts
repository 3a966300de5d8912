import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Afterwards what nobody holds is gone. */
export async function collectGarbage(): Promise<void> {
  // What was reached in this turn is kept until it is over.
  for (let round = 0; round < 2; round++) {
    await new Promise(resolve => setImmediate(resolve))
    collect()
  }
  await new Promise(resolve => setImmediate(resolve))
}
