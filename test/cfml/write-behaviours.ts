import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { shownIn } from './table/shown.ts'
import { behaviourTable } from './table/table.ts'

const usage = `Usage: behaviours [--check] [--json] [REPORT]

Writes packages/cfml/docs/behaviours.md: what the scopes of CFML do, and on which stores their tests passed.

  REPORT    what vitest's reporter "json" wrote in a run with all of test/cfml; default: runs it now
  --check   writes nothing; exits with 1 unless the page is as the run says
  --json    prints a row { behaviours, shown, isCurrent }
`

const page = fileURLToPath(new URL('../../packages/cfml/docs/behaviours.md', import.meta.url))
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { check: { type: 'boolean' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
})

if (values.help) {
  process.stdout.write(usage)
} else {
  const shown = shownIn(reportOf(positionals[0]))
  const table = behaviourTable(shown)
  const isCurrent = textOf(page) === table
  const passed = new Set(shown.filter(({ hasPassed }) => hasPassed).map(({ number }) => number)).size
  if (values.check !== true) writeFileSync(page, table)
  if (values.json) process.stdout.write(`${JSON.stringify({ behaviours: 58, shown: passed, isCurrent })}\n`)
  else
    process.stdout.write(
      `${passed} of 58 behaviours shown; the page ${isCurrent ? 'was current' : 'was not current'}\n`,
    )
  if (values.check === true && !isCurrent) {
    process.stderr.write(
      'packages/cfml/docs/behaviours.md is not as the tests say: run "pnpm run behaviours" and commit it.\n',
    )
    process.exitCode = 1
  }
}

function reportOf(file: string | undefined): unknown {
  if (file !== undefined) return JSON.parse(readFileSync(file, 'utf8'))
  const directory = mkdtempSync(join(tmpdir(), 'scopes-behaviours-'))
  const report = join(directory, 'report.json')
  try {
    const root = fileURLToPath(new URL('../..', import.meta.url))
    // What failed is in the report.
    spawnSync('npx', ['vitest', 'run', 'test/cfml', '--reporter=json', `--outputFile.json=${report}`], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    return JSON.parse(readFileSync(report, 'utf8'))
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
