import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { runProgram } from '@scopes/inspector'
import { type Budget, type Row, budgetRow, plainRow } from '../rows.ts'
import { median } from '../statistics.ts'
import type { Suite } from '../suite.ts'
import { fillStore } from './fill-store.ts'

const names = { verify: 'inspector-verify', export: 'inspector-export', import: 'inspector-import' }
const scopes = 100_000
const budget: Budget = { relation: '>=', limit: 20_000 }

/** How fast the program `scopes` goes through a store, writes a backup, and reads it. */
export const backups: Suite = {
  names: Object.values(names),
  async measure({ directory, isWanted, progress, effort }) {
    const path = join(directory, 'backups.db')
    const file = join(directory, 'backup.ndjson')
    await fillStore(path, scopes, progress)
    const costs: Readonly<Record<Command, Cost[]>> = { verify: [], export: [], import: [] }
    const measureCommand = async (command: Command, args: readonly string[]): Promise<void> => {
      progress(`inspector: ${command}`)
      costs[command].push(await costOf([command, ...args, '--json']))
    }
    for (let round = 0; round < effort.rounds; round++) {
      if (isWanted(names.verify)) await measureCommand('verify', [`sqlite:${path}`])
      if (!isWanted(names.export) && !isWanted(names.import)) continue
      await measureCommand('export', [`sqlite:${path}`, '--output', file])
      const target = `sqlite:${join(directory, `imported-${round}.db`)}`
      if (isWanted(names.import)) await measureCommand('import', [target, '--input', file])
    }
    const commands = Object.keys(names) as Command[]
    return commands.filter(command => costs[command].length > 0).map(command => rowOf(command, costs[command]))
  },
}

type Command = keyof typeof names

/** Of one run. */
interface Cost {
  readonly cpuSeconds: number
  readonly seconds: number
}

function rowOf(command: Command, costs: readonly Cost[]): Row {
  const clock = Math.round(scopes / median(costs.map(({ seconds }) => seconds)))
  const note = `${scopes} scopes of two commits on SQLite; ${whats[command]}; by the CPU time of the process, by the clock ${clock}/s`
  const value = scopes / median(costs.map(({ cpuSeconds }) => cpuSeconds))
  const figure = { name: names[command], value, unit: 'scopes/s', note }
  return command === 'import' ? plainRow(figure) : budgetRow(figure, budget)
}

const whats: Readonly<Record<Command, string>> = {
  verify: 'every byte checked, every state made',
  export: 'into a file, flushed',
  import: 'the file checked first, then written in transactions',
}

/** What a run of the program takes of this process. It includes what the collector and the compiler do meanwhile. */
async function costOf(args: readonly string[]): Promise<Cost> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const printed = Promise.all([text(stdout), text(stderr)])
  const startedAt = performance.now()
  const before = process.cpuUsage()
  const exitCode = await runProgram(args, {
    environment: {},
    stdin: Readable.from([]),
    stdout,
    stderr,
    signal: new AbortController().signal,
    now: () => Date.now(),
  })
  const { user, system } = process.cpuUsage(before)
  const seconds = (performance.now() - startedAt) / 1000
  stdout.end()
  stderr.end()
  const [rows, told] = await printed
  const last = JSON.parse(rows.trim().split('\n').at(-1) ?? '{}') as { readonly documents?: unknown }
  if (exitCode !== 0 || last.documents !== scopes) throw new Error(`scopes ${args.join(' ')} failed: ${told}${rows}`)
  return { cpuSeconds: (user + system) / 1_000_000, seconds }
}
