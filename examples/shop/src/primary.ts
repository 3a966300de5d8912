import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { extname, join } from 'node:path'
import { freePort } from './free-port.ts'
import type { ShopOptions } from './options.ts'
import type { WorkerMessage } from './worker-message.ts'

/** A worker that ended sooner than this after its start is replaced only after this time. In milliseconds. */
const restartMs = 1000

/** How long workers may take to finish what they are doing. In milliseconds. */
const stopMs = 10_000

/**
 * Runs the workers of the shop until a signal says to stop: it forks them, replaces those that die, and answers no request.
 * Sets the exit code: 1 when the shop could not be opened or a worker had to be killed.
 */
export async function runPrimary({ port: wanted, host, data, store, workers }: ShopOptions): Promise<void> {
  const port = wanted === 0 ? await freePort(host) : wanted
  const hostOption = host === undefined ? [] : ['--host', host]
  const storeOption = store === undefined ? [] : ['--store', store]
  // Workers take connections from the system. In Node's round robin the primary hands them over, and one that is handed to
  // a worker in the moment of its death is never answered nor closed.
  cluster.schedulingPolicy = cluster.SCHED_NONE
  cluster.setupPrimary({
    exec: join(import.meta.dirname, `worker${extname(import.meta.filename)}`),
    args: ['--port', String(port), '--data', data, ...storeOption, ...hostOption],
  })
  const stopping = new AbortController()
  // Ctrl-C reaches the workers too, and they leave it to this process.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort())

  let opened = 0
  const open = (): void => {
    opened++
    if (opened !== workers) return
    const shown = host?.includes(':') ? `[${host}]` : (host ?? 'localhost')
    console.log(`The shop is open: http://${shown}:${port}`)
    console.log(
      `${workers} workers (process ${process.pid}), data in ${store === undefined ? data : 'Couchbase'}. Ctrl-C closes it.`,
    )
    console.log(`Its scopes, from this machine only: http://${shown}:${port}/inspector/`)
  }
  const places = Array.from({ length: workers }, (_, index) => runPlace(String(index + 1), stopping, open))
  await Promise.all(places)
  if (stopping.signal.aborted && process.exitCode === undefined) console.log('The shop is closed.')
}

/** Keeps one place occupied until the shop stops. */
async function runPlace(place: string, stopping: AbortController, onOpen: () => void): Promise<void> {
  const { signal } = stopping
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    const startedAt = Date.now()
    const worker = cluster.fork({ SHOP_PLACE: place })
    if (isFirst) worker.once('listening', onOpen)
    worker.on('message', ({ failed }: WorkerMessage) => {
      if (!signal.aborted) console.error(`The shop cannot open: ${failed}`)
      if (isFirst) giveUp(stopping)
    })
    const hasListened = await untilGone(worker, signal)
    if (signal.aborted) return
    if (isFirst && !hasListened) return giveUp(stopping)
    console.error(`Worker ${place} (process ${worker.process.pid}) is gone; another one takes its place.`)
    if (Date.now() - startedAt < restartMs) await pause(restartMs, signal)
  }
}

/** What is wrong at the first start, a port or a directory, will be wrong the next time. */
function giveUp(stopping: AbortController): void {
  process.exitCode = 1
  stopping.abort()
}

/** Resolves when the worker is gone, asking it to go once the shop stops. @returns whether it ever listened */
async function untilGone(worker: Worker, signal: AbortSignal): Promise<boolean> {
  let hasListened = false
  worker.once('listening', () => (hasListened = true))
  let deadline: NodeJS.Timeout | undefined
  const stop = (): void => {
    worker.process.kill('SIGTERM')
    deadline = setTimeout(() => {
      console.error(`Process ${worker.process.pid} did not finish in time and was killed.`)
      process.exitCode = 1
      worker.process.kill('SIGKILL')
    }, stopMs)
  }
  signal.addEventListener('abort', stop)
  await once(worker, 'exit')
  signal.removeEventListener('abort', stop)
  clearTimeout(deadline)
  return hasListened
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>(resolve => {
    const timer = setTimeout(resolve, milliseconds)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
