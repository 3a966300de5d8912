import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UsageError } from '../options.ts'
import { connect } from './connect.ts'
import { runIncrements, shapes } from './increments.ts'
import { type LoadOptions, parseLoadOptions, usage } from './load-options.ts'
import { runLogouts } from './logouts.ts'
import { startShop } from './start-shop.ts'
import { headLine, rowLine } from './table.ts'

/** How many ask at the same time. */
const clientCount = 8

/** How long a shop that may be behind a proxy is waited for to say that it has read a session. In milliseconds. */
const behindProxyMs = 2000

const options = readOptions()
if (options?.isHelp) process.stdout.write(usage)
else if (options?.url) await run(options.url, options, behindProxyMs)
else if (options) await runOnOwnShop(options)

async function runOnOwnShop(settings: LoadOptions): Promise<void> {
  const data = await mkdtemp(join(tmpdir(), 'scopes-load-'))
  try {
    const shop = await startShop({ data })
    const leave = (): void => void shop.stop().finally(() => process.exit(1))
    process.once('SIGTERM', leave)
    try {
      await run(shop.url, settings)
    } finally {
      process.off('SIGTERM', leave)
      await shop.stop()
    }
  } finally {
    await rm(data, { recursive: true, force: true })
  }
}

async function run(url: URL, { isJson }: LoadOptions, processingMs?: number): Promise<void> {
  const { clients, isSpread } = await connect(url, clientCount, { processingMs })
  const answeredBy = new Map<string, number>()
  if (!isJson) console.log(headLine())
  const all = [...shapes.map(shape => () => runIncrements(clients, shape)), () => runLogouts(clients)]
  for (const runShape of all) {
    const { row, tally } = await runShape()
    console.log(isJson ? JSON.stringify(row) : rowLine(row))
    if (row.seen !== row.expected || row.lost !== 0 || row.revived !== 0) process.exitCode = 1
    for (const [name, count] of tally.answeredBy) answeredBy.set(name, (answeredBy.get(name) ?? 0) + count)
  }
  for (const client of clients) client.close()
  if (isJson) return
  const shares = [...answeredBy].map(([name, count]) => `${name} ${count}`).join(', ')
  console.log(`\nAnswers: ${shares}${isSpread ? '' : ' (only one process was met)'}`)
}

function readOptions(): LoadOptions | undefined {
  try {
    return parseLoadOptions(process.argv.slice(2))
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    console.error(`${error.message}\n\n${usage}`)
    process.exitCode = 2
    return undefined
  }
}
