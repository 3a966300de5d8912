import { fork } from 'node:child_process'
import { once } from 'node:events'

/** A program of this bench in a process of its own, which sends messages of one type. */
export interface Child<Message> {
  send(message: object): void
  /** The next message. Rejects when the process ends before it has sent one. */
  next(): Promise<Message>
  /** Afterwards the process has ended. */
  stop(): Promise<void>
}

/**
 * Starts a built program with `input` as its only argument, as in production: plain Node, no loader. Programs end by
 * themselves when whoever started them is gone or stops them.
 */
export function startChild<Message>(
  program: URL,
  input: object,
  execArgv: readonly string[] = process.execArgv,
): Child<Message> {
  const child = fork(program, [JSON.stringify(input)], {
    // What a program prints is for a person; standard output belongs to the rows.
    stdio: ['ignore', 2, 2, 'ipc'],
    execArgv: [...execArgv],
    env: { ...process.env, NODE_ENV: 'production' },
  })
  const messages: Message[] = []
  let wake = (): void => {}
  let isOver = false
  child.on('message', message => {
    messages.push(message as Message)
    wake()
  })
  child.on('exit', () => {
    isOver = true
    wake()
  })
  return {
    send: message => void child.send(message),
    async next() {
      for (;;) {
        const message = messages.shift()
        if (message !== undefined) return message
        if (isOver)
          throw new Error(`${program.pathname} ended with ${child.exitCode ?? child.signalCode ?? 'nothing'}.`)
        await new Promise<void>(resolve => (wake = resolve))
      }
    },
    async stop() {
      if (isOver) return
      const ended = once(child, 'exit')
      child.disconnect()
      await ended
    },
  }
}

/** What `startChild` gave this program. It ends when whoever started it is gone. */
export function childInput(): unknown {
  process.on('disconnect', () => process.exit())
  return JSON.parse(process.argv[2] ?? '')
}

/** Sends to whoever started this program. */
export function tellParent(message: object): void {
  process.send?.(message)
}
