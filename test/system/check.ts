import { checkRuns, repeatCommand } from './check-runs.ts'
import { type Command, readCommand, usage } from './command.ts'

// The program `check`: makes the runs, says what they came to, and fails when a rule was broken.
const command = readCommand(process.argv.slice(2), Date.now())
if (command.type === 'help') process.stdout.write(`${usage}\n`)
else if (command.type === 'refused') {
  process.stderr.write(`${command.message}\n`)
  process.exitCode = 2
} else await check(command)

async function check({ store, seed, runs, isJson }: Extract<Command, { type: 'check' }>): Promise<void> {
  showProgress(`0 of ${runs} runs`)
  const result = await checkRuns({
    store,
    seed,
    runs,
    onProgress: (made, operations) => showProgress(`${made} of ${runs} runs, ${operations} operations`),
  })
  showProgress('')
  const { operations, faults, violations, seconds, finding } = result
  if (isJson) {
    process.stdout.write(`${JSON.stringify({ seed, runs: result.runs, operations, violations, seconds })}\n`)
  } else {
    const what = `${result.runs} runs on ${store} from seed ${seed}: ${operations} operations, ${faults} faults`
    process.stdout.write(`${what}, ${violations} violations, ${seconds} s\n`)
  }
  if (finding === undefined) return
  process.stderr.write(`\n${finding.text}\n\nSeed ${finding.seed}. To repeat: ${repeatCommand(store, finding.seed)}\n`)
  process.exitCode = 1
}

/** Shows what is going on, in one line of a terminal that the next text replaces; nothing where there is no terminal. */
function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[2K${text}`)
}
