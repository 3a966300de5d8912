import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** How a program is started. */
export interface ProgramOptions {
  /** Its only argument, as JSON: read it with `programInput`. */
  readonly input: unknown
  /** Options of Node; default: those of this process. */
  readonly execArgv?: readonly string[] | undefined
}

/** A program in a process of its own, which can be told things, stopped and killed. */
export interface Program<Told> {
  /** All that it has told, in order. */
  readonly told: readonly Told[]
  /** Tells it something that can be cloned; what it cannot hear any more is dropped. */
  tell(message: object): void
  /** Resolves with the first that it told, or will tell, of this sort; rejects when it ends before. */
  until<Wanted extends Told>(isWanted: (message: Told) => message is Wanted): Promise<Wanted>
  /** Resolves when it has told at least `count` of this sort; rejects when it ends before. */
  untilTold(count: number, isWanted: (message: Told) => boolean): Promise<void>
  signal(signal: NodeJS.Signals): void
  /** Resolves when the process is gone and all that it told is in `told`. */
  readonly gone: Promise<void>
}

/**
 * Starts the program in that file in a process of its own, beside this one: for what only several processes on one store
 * can show. Its working directory is that of the file. Messages are cloned, so Maps, Sets and Dates arrive as they are.
 */
export function startProgram<Told>(
  program: URL,
  { input, execArgv = process.execArgv }: ProgramOptions,
): Program<Told> {
  const child = fork(fileURLToPath(program), [JSON.stringify(input)], {
    execArgv: [...execArgv],
    cwd: fileURLToPath(new URL('.', program)),
    serialization: 'advanced',
  })
  const told: Told[] = []
  const waiting = new Set<() => void>()
  // Both: what it told last may come after the news of its end.
  const gone = Promise.all([
    new Promise(resolve => child.once('exit', resolve)),
    new Promise(resolve => child.once('disconnect', resolve)),
  ]).then(() => {})
  // A process that is being killed may break the channel while something is written to it.
  child.on('error', () => {})
  child.on('message', message => {
    told.push(message as Told)
    for (const look of waiting) look()
  })
  const lookUntil = <Found>(look: () => Found | undefined): Promise<Found> =>
    new Promise((resolve, reject) => {
      const lookAgain = (): void => {
        const found = look()
        if (found === undefined) return
        waiting.delete(lookAgain)
        resolve(found)
      }
      waiting.add(lookAgain)
      lookAgain()
      void gone.then(() => {
        waiting.delete(lookAgain)
        reject(new Error(`The program ${program.pathname} ended before it told what was waited for.`))
      })
    })
  return {
    told,
    gone,
    tell: message => void (child.connected && child.send(message, () => {})),
    signal: signal => void child.kill(signal),
    until: isWanted => lookUntil(() => told.find(isWanted)),
    untilTold: (count, isWanted) =>
      lookUntil(() => (told.filter(isWanted).length >= count ? true : undefined)).then(() => {}),
  }
}
