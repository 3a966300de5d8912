import { patchesBetween } from '@scopes/core'
import { jsonOf } from '../documents/json-value.ts'
import { type Command, type CommandRun, defineCommand, type ExitCode, exitCodes } from '../terminal/command.ts'
import { wholeNumber } from '../terminal/options.ts'
import { printable } from '../terminal/texts.ts'
import { UsageError } from '../terminal/usage-error.ts'
import { loadAskedScope, stateAtVersion } from './one-scope.ts'
import { printChanges } from './print-changes.ts'

/** `scopes diff`. */
export const diff: Command = defineCommand({
  summary: 'What makes one version of a scope of another.',
  operands: ['store', 'key', 'from', 'to'],
  options: {},
  help: '',
  notes: 'From and to are versions, in either order, that the document still holds; history lists them.',
  run: printDiff,
})

async function printDiff(run: CommandRun): Promise<ExitCode> {
  const { operands, terminal, isJson } = run
  const [from, to] = [versionOf('from', operands[2]), versionOf('to', operands[3])]
  const { key, document } = await loadAskedScope(run)
  const before = stateAtVersion(key, document, from)
  const patches = patchesBetween(before, stateAtVersion(key, document, to))
  if (isJson) {
    await terminal.printJson({ key, from, to, patches: jsonOf(patches) })
    return exitCodes.done
  }
  await terminal.print(`${terminal.style('bold', printable(key))} version ${from} → ${to}`)
  if (patches.length === 0) await terminal.print('    (the same)')
  await printChanges(terminal, patches, before)
  return exitCodes.done
}

function versionOf(name: string, text = ''): number {
  const version = /^\d+$/.test(text) ? wholeNumber(name, text, 1) : undefined
  if (version !== undefined) return version
  throw new UsageError(`<${name}> is "${text}"; it must be a version, a whole number from 1 on.`)
}
