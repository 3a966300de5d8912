import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startBalancer } from './balancer.ts'

interface Told {
  readonly port?: number
  readonly line?: string
}

const directory = await mkdtemp(join(tmpdir(), 'scopes-application-'))

/** Starts a process of the application. @returns it and its port */
async function start(name: string): Promise<{ readonly worker: ChildProcess; readonly port: number }> {
  const worker = fork(new URL('worker.ts', import.meta.url), [name, directory])
  const port = new Promise<number>(resolve => {
    worker.on('message', (told: Told) => {
      if (told.line !== undefined) console.log(told.line)
      if (told.port !== undefined) resolve(told.port)
    })
  })
  return { worker, port: await port }
}

const [north, east, south] = [await start('north'), await start('east'), await start('south')]
const balancer = await startBalancer([north.port, east.port, south.port])

/** The browser of a visitor: all that he brings along is a cookie. */
let cookie = ''
async function ask(method: string, path: string): Promise<string> {
  const answer = await fetch(`${balancer.url}${path}`, { method, headers: { cookie } })
  for (const line of answer.headers.getSetCookie()) cookie = line.split(';')[0] ?? ''
  return answer.text()
}

// One after the other, each request goes to the next process; none has to know him.
console.log(await ask('POST', '/cart/tea'))
console.log(await ask('POST', '/login/ann'))
console.log(await ask('POST', '/cart/milk'))

// Thirty at once, ten to each process: none is lost.
const by = await Promise.all(Array.from({ length: 30 }, () => ask('POST', '/click')))
console.log(`30 clicks, by ${[...new Set(by)].sort().join(', ')}`)

// A process dies. Nothing of anybody was in it.
east.worker.kill('SIGKILL')
await once(east.worker, 'exit')
balancer.leaveOut(east.port)
console.log(await ask('GET', '/'))
console.log(await ask('GET', '/'))
console.log(await ask('POST', '/logout'))

await balancer.close()
for (const { worker } of [north, south]) {
  worker.send('close')
  await once(worker, 'exit')
}
await rm(directory, { recursive: true })
