import { once } from 'node:events'
import { createServer } from 'node:http'
import { InvalidArgumentError } from '@scopes/core'
import { type InspectorOptions, inspector } from './inspector.ts'

/** Options of `serveInspector`. */
export interface ServeInspectorOptions extends Omit<InspectorOptions, 'path'> {
  /** Default 0: any that is free. */
  readonly port?: number | undefined
  /** The address to listen on; default `127.0.0.1`. Others than this machine's own need a token. */
  readonly host?: string | undefined
}

/** An inspector that is served by itself. */
export interface ServedInspector {
  /** Where the page is, without the token. */
  readonly url: string
  /** Afterwards nobody is answered any more. The store is the caller's to close. */
  readonly close: () => Promise<void>
}

/**
 * Serves the web page of the inspector by a server of its own. Resolves when it can be opened.
 *
 * ```ts
 * const { url, close } = await serveInspector({ store, name: 'data/scopes.db' })
 * ```
 * Rejects with InvalidArgumentError for an option that is not allowed, or an address that cannot be listened on.
 */
export async function serveInspector(options: ServeInspectorOptions): Promise<ServedInspector> {
  const { port = 0, host = '127.0.0.1', ...looking } = options
  if (looking.token === undefined && !/^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(host)) {
    throw new InvalidArgumentError(`host is ${host}: without a token the inspector listens only on its own machine.`)
  }
  const handle = inspector(looking)
  const server = createServer(handle)
  try {
    server.listen({ port, host })
    await once(server, 'listening')
  } catch (error) {
    handle.close()
    const reason = error instanceof Error ? error.message : String(error)
    throw new InvalidArgumentError(`The inspector cannot listen on ${host}, port ${port}: ${reason}.`, { cause: error })
  }
  const address = server.address()
  const listening = typeof address === 'object' && address !== null ? address.port : port
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${listening}/`,
    close: async () => {
      handle.close()
      server.close()
      server.closeAllConnections()
      if (server.listening) await once(server, 'close')
    },
  }
}
