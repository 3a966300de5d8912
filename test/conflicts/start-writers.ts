import { bundleProgram } from '@scopes/test-programs'
import { type History, type Program, startProgram } from '@scopes/testing'
import type { Dialogue, Told, WriterInput } from './process/dialogue.ts'
import { newPlace } from './stores.ts'

const writerProgram = await bundleProgram(new URL('./process/writer-process.ts', import.meta.url))

/** A process that writes, as the test sees it. */
export class WriterProcess {
  readonly #program: Program<Told>
  #questions = 0

  constructor(input: WriterInput) {
    this.#program = startProgram<Told>(writerProgram, { input, execArgv: [] })
  }

  get told(): readonly Told[] {
    return this.#program.told
  }

  /** Resolves with the answer; rejects with what went wrong there, or when the process is gone before. */
  async ask<Name extends keyof Dialogue>(name: Name, question: Dialogue[Name][0]): Promise<Dialogue[Name][1]> {
    const number = this.#questions++
    this.#program.tell({ number, name, question })
    const told = await this.#program.until(
      (message): message is Extract<Told, { type: 'answer' | 'failed' }> =>
        (message.type === 'answer' || message.type === 'failed') && message.number === number,
    )
    if (told.type === 'failed') throw new Error(`${name}: ${told.error}`)
    return told.answer as Dialogue[Name][1]
  }

  /** Resolves when it has told so much of this type, in all. */
  until(type: Told['type'], count = 1): Promise<void> {
    return this.untilTold(count, message => message.type === type)
  }

  /** The same for what it tells of this sort. */
  untilTold(count: number, isWanted: (message: Told) => boolean): Promise<void> {
    return this.#program.untilTold(count, isWanted)
  }

  /** What it has told of the history of `record`, from this place on. */
  history(from = 0): History {
    const happened = this.told.flatMap(told => (told.type === 'happened' ? [told.event] : []))
    return { events: happened.slice(from) }
  }

  /** How much it has told of this type, as far as it has arrived. */
  count(type: Told['type']): number {
    return this.told.filter(message => message.type === type).length
  }

  /** The same with all that it did until now, such as what a request needed that it has answered. */
  async countNow(type: Told['type']): Promise<number> {
    await this.ask('answer', {})
    return this.count(type)
  }

  signal(signal: NodeJS.Signals): void {
    this.#program.signal(signal)
  }

  get gone(): Promise<void> {
    return this.#program.gone
  }
}

/** Processes on one store of their own. */
export interface Writers {
  readonly processes: readonly WriterProcess[]
  /** One more process on the same store. */
  add(options?: { readonly cluster?: boolean }): Promise<WriterProcess>
  /** Afterwards they are gone, and so is the store. */
  close(): Promise<void>
}

/** How long processes may take to start, in milliseconds: on a busy machine that is long. */
export const startMs = 120_000

/** Starts so many processes on a new store; resolves when all have opened it. */
export async function startWriters(
  store: string,
  count: number,
  options: { readonly cluster?: boolean } = {},
): Promise<Writers> {
  const place = await newPlace(store)
  const started: WriterProcess[] = []
  const add: Writers['add'] = async ({ cluster = true } = {}) => {
    const writer = new WriterProcess({ store, place: place.name, cluster })
    started.push(writer)
    await writer.until('ready')
    return writer
  }
  return {
    processes: await Promise.all(Array.from({ length: count }, () => add(options))),
    add,
    close: async () => {
      for (const writer of started) writer.signal('SIGKILL')
      await Promise.all(started.map(writer => writer.gone))
      await place.remove()
    },
  }
}
