import { fork } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

/** A snippet in a process and an empty directory of its own. */
export interface RunningSnippet {
  /** Where it listens; rejects when it ends before. */
  readonly listening: Promise<URL>
  /** Resolves when it has ended with success, with what it printed; else rejects with that. */
  readonly ended: Promise<string>
  /** Ends it if it has not ended, and removes its directory. */
  stop(): Promise<void>
}

/** Runs a program; `preload` is loaded before it. */
export async function runSnippet(program: URL, preload: URL): Promise<RunningSnippet> {
  const directory = await mkdtemp(join(tmpdir(), 'scopes-snippet-'))
  const child = fork(fileURLToPath(program), [], {
    cwd: directory,
    execArgv: ['--import', preload.href],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  if (!child.stdout || !child.stderr) throw new Error('The snippet has no output.')
  const exited = new Promise<number | null>(resolve => child.once('exit', resolve))
  const printed = Promise.all([text(child.stdout), text(child.stderr)])
  const ended = exited.then(async code => {
    const [output, errors] = await printed
    if (code !== 0) throw new Error(`The snippet ended with ${code}.\n${output}${errors}`)
    return output
  })
  ended.catch(() => {})
  const listening = new Promise<URL>((resolve, reject) => {
    child.once('message', message => resolve(new URL(`http://127.0.0.1:${(message as AddressInfo).port}`)))
    ended.then(() => reject(new Error('The snippet ended and had not listened.')), reject)
  })
  listening.catch(() => {})
  return {
    listening,
    ended,
    stop: async () => {
      child.kill('SIGKILL')
      await printed
      await rm(directory, { recursive: true, force: true })
    },
  }
}
