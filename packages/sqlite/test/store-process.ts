import type { DocumentStore, MutationResult } from '@scopes/core'
import { programInput, tellStarter } from '@scopes/testing'

import { connect } from '../src/connection.ts'
import { pickDriver } from '../src/driver.ts'
import { sqliteStore } from '../src/sqlite-store.ts'
import type { ProcessAnswer, ProcessTask } from './start-process.ts'

/** The program of a second process: it does the tasks that it was started with one after the other, and says so. */
const tasks = programInput() as readonly ProcessTask[]
for (const task of tasks) await perform(task)
process.disconnect()

async function perform(task: ProcessTask): Promise<void> {
  switch (task.type) {
    case 'append': {
      const store = sqliteStore({ path: task.path })
      let refused = 0
      let token = ''
      for (let done = 0; done < task.times;) {
        const result = await appendOne(store, task.key)
        if (result.type === 'refused') refused++
        else {
          done++
          token = String(result.token)
        }
      }
      for await (const { feedToken } of store.feed.open()) {
        say({ type: 'finished', refused, token, feedToken })
        break
      }
      return store.close()
    }
    case 'fill': {
      const store = sqliteStore({ path: task.path })
      const numbers = Array.from({ length: task.documents }, (_, number) => number)
      await Promise.all(
        numbers.map(number => store.insert(`session:shop:${number}`, new Uint8Array(task.bytes).fill(number % 256))),
      )
      return store.close()
    }
    case 'back-up': {
      const store = sqliteStore({ path: task.path })
      await store.backUp(task.to)
      return store.close()
    }
    case 'write-on': {
      const store = sqliteStore({ path: task.path })
      await store.open()
      const lanes = Array.from({ length: task.lanes }, (_, index) => `session:shop:${task.name}-${index}`)
      await Promise.all(lanes.map(key => writeOn(store, key)))
      return
    }
    case 'hold': {
      const database = connect(await pickDriver(), task.path, 'NORMAL')
      database.exec('BEGIN IMMEDIATE')
      if (task.writes) database.exec("UPDATE docs SET token = token WHERE key = 'nobody'")
      say({ type: 'holding' })
      // Until the process is killed. Held on to: a connection that nobody refers to is collected, and its transaction undone.
      return new Promise(() => void setInterval(() => database.exec('SELECT 1'), 60_000))
    }
    default:
      task satisfies never
  }
}

function say(answer: ProcessAnswer): void {
  void tellStarter(answer)
}

/** Adds one byte; refused when another process was faster. */
async function appendOne(store: DocumentStore, key: string): Promise<MutationResult> {
  const document = await store.load(key)
  const byte = Uint8Array.of(1)
  return document ? store.append(key, byte, document.token) : store.insert(key, byte)
}

/** Byte `n` of the document is `n`, so that a gap shows. Each is said as soon as it is acknowledged. */
async function writeOn(store: DocumentStore, key: string): Promise<never> {
  for (let number = 0; ; number++) {
    const document = await store.load(key)
    const byte = Uint8Array.of(number % 256)
    const result = document ? await store.append(key, byte, document.token) : await store.insert(key, byte)
    if (result.type !== 'done') throw new Error(`${key} has another writer: ${result.reason}`)
    say({ type: 'acknowledged', key, length: number + 1, token: String(result.token) })
  }
}
