import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** How a shop is started. */
export interface StartOptions {
  /** The directory of its store. */
  readonly data: string
  /** The address of a Couchbase bucket that takes its place. */
  readonly store?: string
  /** Default: any that is free. */
  readonly port?: number
  readonly workers?: number
  /** `main.ts` as JavaScript, `worker` beside it. Default: the source. */
  readonly program?: URL
  /** A process group of its own: Ctrl-C does not reach it, and `killAll` reaches all of it. */
  readonly isGroup?: boolean
}

/** A shop in other processes. */
export interface RunningShop {
  readonly url: URL
  /** Asks the shop to close. Resolves when it has, with its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>
  /** Kills every process of a group, as a power cut would. Resolves when the first one is gone. */
  killAll(): Promise<void>
}

/** Starts a shop on this machine's loopback address. Resolves when it is open, and rejects with what it said otherwise. */
export async function startShop({
  data,
  store,
  port = 0,
  workers = 2,
  program = new URL('../main.ts', import.meta.url),
  isGroup = false,
}: StartOptions): Promise<RunningShop> {
  const main = fileURLToPath(program)
  const loader = main.endsWith('.ts') ? ['--conditions=@scopes/source', '--import', 'tsx'] : []
  const line = ['--host', '127.0.0.1', '--port', String(port), '--data', data, '--workers', String(workers)]
  if (store !== undefined) line.push('--store', store)
  const child = spawn(process.execPath, [...loader, main, ...line], {
    // Where `tsx` is found.
    cwd: import.meta.dirname,
    detached: isGroup,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit') as Promise<[number | null]>
  const url = await Promise.race([urlIn(createInterface({ input: child.stdout })), exited])
  if (!(url instanceof URL)) throw new Error('The shop did not open.')
  return {
    url,
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal)
      const [code] = await exited
      return code
    },
    killAll: async () => {
      if (isGroup && child.pid !== undefined && child.exitCode === null && child.signalCode === null)
        process.kill(-child.pid, 'SIGKILL')
      await exited
    },
  }
}

/** The address in the shop's output, which is read on so that the shop can go on writing. */
async function urlIn(lines: AsyncIterable<string> & NodeJS.EventEmitter): Promise<URL | undefined> {
  return new Promise(resolve => {
    lines.on('line', (line: string) => {
      const address = /http:\/\/\S+/.exec(line)?.[0]
      if (address !== undefined) resolve(new URL(address))
    })
  })
}
