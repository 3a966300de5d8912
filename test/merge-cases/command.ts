import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { type MergeCase, readCaseFile } from './case-file.ts'
import { CaseFileError } from './case-file-error.ts'
import { runCase } from './run-case.ts'

/** What `--help` prints. */
export const usage: string = `Usage: merge-cases FILE [--json] [--help]

Runs worked merges: each case makes a state, changes it on two sides in two processes, commits both and compares the value
and what was announced as conflicts. FILE is JSON with a list "cases" and, under "README", what it means.

  --json    one JSON object on standard output: { passed, failed, failures: [{ name, reasons }] }
  --help    this text

Exits with 1 when a case fails, with 2 when the file cannot be read or is no file of merge cases. "conflicts" of a case is
compared where it is given.`

/** Where a command prints to, a line at a time. */
export interface Output {
  readonly print: (line: string) => void
  readonly complain: (line: string) => void
}

/** Does what these arguments ask for. @returns the exit code */
export async function mergeCases(given: readonly string[], { print, complain }: Output): Promise<0 | 1 | 2> {
  const options = readArguments(given)
  if (options === 'help') {
    print(usage)
    return 0
  }
  if (typeof options === 'string') {
    complain(`${options}\n\n${usage}`)
    return 2
  }
  const cases = await readCases(options.file)
  if (typeof cases === 'string') {
    complain(cases)
    return 2
  }
  const failures: { readonly name: string; readonly reasons: readonly string[] }[] = []
  for (const example of cases) {
    const reasons = await runCase(example)
    if (reasons.length > 0) failures.push({ name: example.name, reasons })
  }
  const [passed, failed] = [cases.length - failures.length, failures.length]
  if (options.isJson) {
    print(JSON.stringify({ passed, failed, failures }))
  } else {
    for (const { name, reasons } of failures) print([`FAILED: ${name}`, ...reasons].join('\n  '))
    print(`${passed} passed, ${failed} failed`)
  }
  return failed === 0 ? 0 : 1
}

/** A text says what is wrong. */
function readArguments(given: readonly string[]): { readonly file: string; readonly isJson: boolean } | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...given],
      allowPositionals: true,
      options: { json: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } },
    })
    if (values.help) return 'help'
    const [file, ...others] = positionals
    if (file === undefined || others.length > 0) return `It takes one file, and got ${positionals.length}.`
    return { file, isJson: values.json }
  } catch (error) {
    return (error as Error).message
  }
}

async function readCases(file: string): Promise<readonly MergeCase[] | string> {
  try {
    return readCaseFile(await readFile(file, 'utf8'))
  } catch (error) {
    if (error instanceof CaseFileError) return `${file}: ${error.message}`
    return `${file} cannot be read: ${(error as Error).message}`
  }
}
