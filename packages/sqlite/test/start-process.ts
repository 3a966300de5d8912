import { bundleProgram } from '@scopes/test-programs'
import { startProgram } from '@scopes/testing'
import { onTestFinished } from 'vitest'

const storeProgram = await bundleProgram(new URL('./store-process.ts', import.meta.url))

/** What another process is started for. */
export type ProcessTask =
  /** Adds bytes one by one to one document that others write too, until so many of its own are in it. */
  | { readonly type: 'append'; readonly path: string; readonly key: string; readonly times: number }
  /** Inserts documents of one size; all bytes of number `n` are `n`. */
  | { readonly type: 'fill'; readonly path: string; readonly documents: number; readonly bytes: number }
  /** Copies the store into another file, as a backup does. */
  | { readonly type: 'back-up'; readonly path: string; readonly to: string }
  /** Adds bytes to documents of its own until it is killed, and tells each acknowledgement. */
  | { readonly type: 'write-on'; readonly path: string; readonly name: string; readonly lanes: number }
  /** Enters a write transaction and stays there. */
  | { readonly type: 'hold'; readonly path: string; readonly writes: boolean }

/** What it tells of an `append`. */
export interface AppendFinished {
  readonly type: 'finished'
  /** How often another process was faster. */
  readonly refused: number
  /** Of the last byte. */
  readonly token: string
  /** Where a reader stands after it. */
  readonly feedToken: string
}

/** What it tells. */
export type ProcessAnswer =
  | AppendFinished
  | { readonly type: 'holding' }
  | { readonly type: 'acknowledged'; readonly key: string; readonly length: number; readonly token: string }

/** Another process on the same file. */
export interface StoreProcess {
  /** Everything that it told. */
  readonly answers: readonly ProcessAnswer[]
  /** Resolves as soon as it has told an answer of this type, with the first one; rejects when it ends before. */
  told<T extends ProcessAnswer['type']>(type: T): Promise<Extract<ProcessAnswer, { type: T }>>
  signal(signal: NodeJS.Signals): void
  /** Resolves when the process is gone. */
  readonly gone: Promise<void>
}

/** Lets another process do these tasks to their end; what it told of each `append`. */
export async function runProcess(...tasks: readonly ProcessTask[]): Promise<readonly AppendFinished[]> {
  const other = forkProcess(tasks)
  await other.gone
  return other.answers.filter(answer => answer.type === 'finished')
}

/** Starts another process, which is killed at the end of the test if it is still there. */
export function startProcess(task: ProcessTask): StoreProcess {
  const other = forkProcess([task])
  onTestFinished(async () => {
    other.signal('SIGKILL')
    await other.gone
  })
  return other
}

function forkProcess(tasks: readonly ProcessTask[]): StoreProcess {
  const program = startProgram<ProcessAnswer>(storeProgram, { input: tasks, execArgv: [] })
  type Answer<T> = Extract<ProcessAnswer, { type: T }>
  return {
    answers: program.told,
    gone: program.gone,
    signal: signal => program.signal(signal),
    told: type => program.until((answer): answer is Answer<typeof type> => answer.type === type),
  }
}
