import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildAll } from './build.ts'
import { startChild } from './child.ts'
import { usage, type Command, readCommand } from './command.ts'
import { writeCharts } from './charts/charts.ts'
import { recordFigures } from './charts/figures.ts'
import type { MeasureInput, MeasureMessage } from './measure.ts'
import { showProgress, tableLines } from './report.ts'
import type { Row } from './rows.ts'
import { isSelected } from './selection.ts'
import { suites } from './suites.ts'

// The program `bench`: builds, runs the suites one after the other, prints their rows and says whether the budgets hold.
const command = readCommand(process.argv.slice(2))
if (command.type === 'help') console.log(usage)
else if (command.type === 'refused') fail(command.message)
else await bench(command)

async function bench(options: Extract<Command, { type: 'bench' }>): Promise<void> {
  const wanted = Object.entries(suites).filter(([, { names }]) => names.some(name => isSelected(name, options.names)))
  if (wanted.length === 0) return fail(`No row begins with ${options.names.join(' or ')}; see --help.`)
  await buildAll(showProgress)
  const directory = await mkdtemp(join(tmpdir(), 'scopes-bench-'))
  const rows: Row[] = []
  try {
    for (const [suite] of wanted) {
      const measured = await runSuite({
        suite,
        selection: options.names,
        effort: options.effort,
        directory: await mkdtemp(join(directory, 'suite-')),
      })
      rows.push(...measured)
      if (options.isJson) for (const row of measured) console.log(JSON.stringify(row))
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
  if (!options.isJson) console.log(tableLines(rows).join('\n'))
  if (options.isRecorded) await writeCharts(await recordFigures(rows, new Date().toISOString().slice(0, 10)))
  if (rows.some(({ ok }) => ok === false)) process.exitCode = 1
}

async function runSuite(input: MeasureInput): Promise<readonly Row[]> {
  const child = startChild<MeasureMessage>(new URL('dist/measure.js', import.meta.url), input, [])
  try {
    for (;;) {
      const message = await child.next()
      if (message.type === 'rows') return message.rows
      showProgress(message.text)
    }
  } finally {
    showProgress('')
    await child.stop()
  }
}

function fail(message: string): void {
  console.error(message)
  process.exitCode = 2
}
