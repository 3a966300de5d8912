import { parseArgs } from 'node:util'

import { NOT_PASSED, reasonNotPassed, type NotPassed } from './not-passed.ts'
import { readRecordings, recordingsFolder } from './recording.ts'
import { replay } from './replay.ts'
import { serverTarget } from './server-target.ts'

/** Where the command writes, and what it need not see pass. */
export interface Surroundings {
  readonly print: (line: string) => void
  readonly complain: (line: string) => void
  /** Default: those that the test server is known not to pass. */
  readonly notPassed?: readonly NotPassed[]
}

const USAGE = `golden [folder…] [--only regex] [--json]

Replays recorded answers of a real Couchbase engine against the test server and compares every byte that counts.
Folders hold recordings (default: those beside the checkout). --only: scenarios whose name fits.
A scenario that is listed as not passed, with its reason, must fail; one that passes is a failure.`

/** The command `golden`; resolves with its exit code. */
export async function golden(args: readonly string[], surroundings: Surroundings): Promise<number> {
  try {
    return await replayAll(args, surroundings)
  } catch (error) {
    surroundings.complain(`golden: ${error instanceof Error ? error.message : String(error)}`)
    return 1
  }
}

async function replayAll(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const { print, complain, notPassed: known = NOT_PASSED } = surroundings
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { only: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
  })
  if (values.help) {
    print(USAGE)
    return 0
  }
  const only = new RegExp(values.only ?? '')
  const scenarios = (positionals.length > 0 ? positionals : [recordingsFolder()])
    .flatMap(folder => readRecordings(folder))
    .flatMap(recording => recording.scenarios)
    .filter(({ name }) => only.test(name))
  await using target = await serverTarget()
  let passed = 0
  let notPassed = 0
  const failures: { readonly name: string; readonly problem: string }[] = []
  for (const scenario of scenarios) {
    const reason = reasonNotPassed(scenario.name, known)
    const problem = await replay(scenario, target).then(
      () => (reason === undefined ? undefined : `passes, but is listed as not passed: ${reason}`),
      (error: unknown) => (reason === undefined ? String(error) : 'expected'),
    )
    if (problem === undefined) passed++
    else if (problem === 'expected') notPassed++
    else {
      failures.push({ name: scenario.name, problem })
      if (!values.json) complain(`${scenario.name}: ${problem}`)
    }
  }
  const row = { passed, failed: failures.length, failures, notPassed }
  if (values.json) print(JSON.stringify(row))
  else print(`${passed} passed, ${failures.length} failed, ${notPassed} listed as not passed`)
  return failures.length === 0 && scenarios.length > 0 ? 0 : 1
}
