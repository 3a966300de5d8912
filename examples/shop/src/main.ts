import { type ShopOptions, UsageError, parseShopOptions, usage } from './options.ts'
import { runPrimary } from './primary.ts'

const options = readOptions()
if (options?.isHelp) process.stdout.write(usage)
else if (options) await runPrimary(options)

function readOptions(): ShopOptions | undefined {
  try {
    return parseShopOptions(process.argv.slice(2))
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    console.error(`${error.message}\n\n${usage}`)
    process.exitCode = 2
    return undefined
  }
}
