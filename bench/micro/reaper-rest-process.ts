import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { setTimeout as pause } from 'node:timers/promises'
import { defineScope, diagnostics, memoryStore, openScopes } from '@scopes/core'
import { childInput, tellParent } from '../child.ts'

/** What a process with a reaper is given. */
export interface ReaperRestInput {
  /** How many scopes wait for their deadline. */
  readonly deadlines: number
  /** Over so many days they are spread. */
  readonly days: number
  /** How long the rest is measured. */
  readonly seconds: number
}

/** What the reaper of all these scopes costs while nothing is due. */
export interface ReaperRest {
  /** CPU time, of one core. */
  readonly share: number
  /** Heap and buffers for each deadline. */
  readonly bytes: number
  /** CPU time to read all documents once. */
  readonly scanSeconds: number
}

const application = 'bench'
/** What is compiled and collected after the start is no rest. */
const settleMs = 12_000

// The program of a process whose reaper waits for many deadlines. No process stays alive for its reaper.
const alive = setInterval(() => {}, 1000)
const { deadlines, days, seconds } = childInput() as ReaperRestInput
const store = memoryStore()
const kinds = Array.from({ length: days }, (_, day) =>
  defineScope({ kind: `s${day}`, initial: () => ({ n: 0 }), idle: `${day + 1}d` }),
)
await fill()
const before = memory()
const cpuBefore = process.cpuUsage()
const scanned = untilScanned()
const scopes = await openScopes({ application, store })
for (const kind of kinds) await scopes.open(kind, 'template')
await scanned
const { user, system } = process.cpuUsage(cpuBefore)
const bytes = (memory() - before) / deadlines
await pause(settleMs)
tellParent({ share: await shareOfRest(), bytes, scanSeconds: (user + system) / 1e6 } satisfies ReaperRest)
await scopes.close()
clearInterval(alive)

/** One scope of each kind is made, and then copied. */
async function fill(): Promise<void> {
  const writer = await openScopes({ application, store, reaper: false })
  const templates: Uint8Array[] = []
  for (const kind of kinds) {
    await (await writer.open(kind, 'template')).update(draft => void draft.n++)
    const stored = await store.load(`${kind.kind}:${application}:template`)
    if (stored) templates.push(stored.bytes)
  }
  for (let id = 0; id < deadlines; id++) {
    const day = id % days
    const template = templates[day]
    if (template) await store.insert(`s${day}:${application}:${id}`, template)
  }
}

async function shareOfRest(): Promise<number> {
  const cpu = process.cpuUsage()
  const beganAt = performance.now()
  await pause(seconds * 1000)
  const rest = process.cpuUsage(cpu)
  return (rest.user + rest.system) / 1000 / (performance.now() - beganAt)
}

function untilScanned(): Promise<void> {
  const { name } = diagnostics.reaper
  return new Promise(resolve => {
    const take = (message: unknown): void => {
      if (typeof message !== 'object' || message === null || !('deadlines' in message)) return
      if (Number(message.deadlines) < deadlines) return
      unsubscribe(name, take)
      resolve()
    }
    subscribe(name, take)
  })
}

function memory(): number {
  if (globalThis.gc === undefined) throw new Error('Start this program with --expose-gc.')
  globalThis.gc()
  globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
