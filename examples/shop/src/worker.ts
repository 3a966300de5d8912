import { once } from 'node:events'
import { createServer } from 'node:http'
import { type Scopes, openScopes } from '@scopes/core'
import { createApp } from './app.ts'
import { drain } from './drain.ts'
import { parseShopOptions } from './options.ts'
import { processName } from './process-name.ts'
import { openShop } from './shop.ts'
import { shopStore } from './shop-store.ts'
import type { WorkerMessage } from './worker-message.ts'

// The program of one worker: serves requests until the primary says to stop, then finishes what it has begun.

const options = parseShopOptions(process.argv.slice(2))
const { port, host } = options
const stopped = new Promise<void>(resolve => process.once('SIGTERM', () => resolve()))
process.on('SIGINT', () => {})

try {
  await serve()
} catch (error) {
  process.send?.({ failed: reasonOf(error) } satisfies WorkerMessage)
  process.exitCode = 1
}
// The channel to the primary is all that is left.
process.disconnect()

async function serve(): Promise<void> {
  const place = shopStore(options)
  await using scopes: Scopes = await openScopes({
    application: 'shop',
    ...place,
    process: processName(process.env['SHOP_PLACE'] ?? '0', process.pid),
  })
  const shop = await openShop(scopes, place)
  const server = createServer(createApp(shop))
  server.listen({ port, host })
  await once(server, 'listening')
  await stopped
  // Watchers would stay for ever; everybody else is answered first.
  shop.close()
  await drain(server)
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if ('code' in error && error.code === 'EADDRINUSE') return `port ${port} is taken. Choose another one with --port.`
  return error.message
}
