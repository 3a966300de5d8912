import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { errorPage } from './error-page.ts'
import { classesIn, errorsSource, readPackageErrors } from './source-errors.ts'

const usage = `Usage: errors [--check] [--json]

Writes docs/errors.md: every code, what it means and what to do, and every message of the packages.

  --check   writes nothing; exits with 1 unless the page is as the source says
  --json    prints a row { codes, messages, channels, isCurrent }
`

const page = fileURLToPath(new URL('../../docs/errors.md', import.meta.url))
const { values } = parseArgs({
  options: { check: { type: 'boolean' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
})

if (values.help) {
  process.stdout.write(usage)
} else {
  const classes = classesIn(await errorsSource())
  const packages = await readPackageErrors()
  const text = errorPage(packages, classes)
  const isCurrent = (await readFile(page, 'utf8').catch(() => '')) === text
  if (values.check !== true) await writeFile(page, text)
  const messages = packages.reduce((sum, each) => sum + each.messages.length, 0)
  const channels = packages.reduce((sum, each) => sum + each.channels.length, 0)
  if (values.json) {
    const codes = new Set(packages.flatMap(each => each.messages.map(({ code }) => code))).size
    process.stdout.write(`${JSON.stringify({ codes, messages, channels, isCurrent })}\n`)
  } else {
    process.stdout.write(
      `${messages} messages, ${channels} channels; the page ${isCurrent ? 'was' : 'was not'} current\n`,
    )
  }
  if (values.check === true && !isCurrent) {
    process.stderr.write('docs/errors.md is not as the source says: run "pnpm run errors" and commit it.\n')
    process.exitCode = 1
  }
}
