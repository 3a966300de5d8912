import { startWorker } from './start-worker.ts'

/** The program of a process that terminates one of its worker threads after the other in the middle of their writes. */
const [workerProgram = '', path = '', rounds = '1'] = process.argv.slice(2)
const survivor = startWorker(new URL(workerProgram), path, 'survivor')
await survivor.writes(1)
for (let round = 0; round < Number(rounds); round++) {
  const victim = startWorker(new URL(workerProgram), path, `victim-${round}`)
  await victim.writes(40)
  process.send?.([...survivor.promised, ...victim.promised])
  await victim.worker.terminate()
  await survivor.writes(20)
}
await survivor.worker.terminate()
process.send?.([...survivor.promised])
process.disconnect()
