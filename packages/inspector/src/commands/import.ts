import { access, constants } from 'node:fs/promises'
import { checkExport, importFile, type ImportCounts } from '../backup/import-file.ts'
import { withSpooled } from '../backup/spooled-input.ts'
import { type Command, type CommandRun, defineCommand, type ExitCode, exitCodes } from '../terminal/command.ts'
import { Progress } from '../terminal/progress.ts'
import { countText, printable } from '../terminal/texts.ts'
import { FailedError, UsageError } from '../terminal/usage-error.ts'
import { withStore } from './with-store.ts'

const options = {
  input: { type: 'string', short: 'i' },
  check: { type: 'boolean', default: false },
} as const

/** `scopes import`. */
export const importCommand: Command = defineCommand({
  summary: 'Puts the scopes of an export into a store, and takes nothing back that is there.',
  operands: ['store'],
  options,
  help: `  --input, -i FILE      the export; default: standard input
  --check               only checks that the export is whole`,
  notes: `The whole export is checked first: where it is cut off or damaged nothing is written, and the line is told. A store file
that is missing is made. A scope that is there is only replaced by its own later version; where the store has another
history it is kept and told, and the program exits with 1. An import that was interrupted may be begun again.
Fences of locks are left behind, and so are documents that cannot be read (exits with 1).`,
  run: async run => {
    const { input } = run.options
    const { stdin, signal } = run.streams
    if (input === undefined) {
      if (stdin.isTTY === true) throw new UsageError('There is no export on standard input: name a file by --input.')
      return withSpooled(stdin, signal, path => importFrom(run, path))
    }
    await access(input, constants.R_OK).catch((cause: Error) => {
      throw new FailedError(`${input} cannot be read: ${cause.message}.`, { cause })
    })
    return importFrom(run, input)
  },
})

async function importFrom(run: CommandRun<typeof options>, path: string): Promise<ExitCode> {
  const { isJson, terminal, streams } = run
  const { now, signal } = streams
  const startedAt = now()
  const shown = { show: (text: string) => terminal.showProgress(text), now }
  const checking = new Progress('check', undefined, shown)
  const documents = await checkExport(path, { signal, onProgress: done => checking.update(done) })
  shown.show('')
  if (run.options.check) {
    if (isJson) await terminal.printJson({ documents })
    else await terminal.print(`The export is whole: ${countText(documents, 'document')}.`)
    return exitCodes.done
  }
  const importing = new Progress('import', documents, shown)
  const onRefused = async (key: string, why: string, error: string): Promise<void> => {
    if (isJson) await terminal.printJson({ key, result: why, error })
    else await terminal.print(`${terminal.style('yellow', why)}  ${printable(key)}: ${printable(error)}`)
  }
  const counts = await withStore(
    run,
    ({ store }) => importFile(path, store, { now, signal, onRefused, onProgress: done => importing.update(done) }),
    { creates: true },
  )
  shown.show('')
  if (isJson) await terminal.printJson({ ...counts, seconds: (now() - startedAt) / 1000 })
  else await terminal.print(summaryOf(counts))
  return counts.kept + counts.unreadable === 0 ? exitCodes.done : exitCodes.failed
}

function summaryOf({ documents, imported, present, kept, unreadable }: ImportCounts): string {
  const others = [
    [present, 'were there already'],
    [kept, 'kept as the store has them'],
    [unreadable, 'cannot be read'],
  ] as const
  const rest = others.filter(([count]) => count > 0).map(([count, what]) => `, ${count.toLocaleString('en')} ${what}`)
  return `${imported.toLocaleString('en')} of ${countText(documents, 'document')} imported${rest.join('')}.`
}
