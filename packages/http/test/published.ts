import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { DiagnosticsChannel } from '@scopes/core'
import { onTestFinished } from 'vitest'

/** What is published on a channel until the test has finished. */
export interface Published<Message> {
  /** The messages so far, which are forgotten then. */
  take(): Message[]
  /** Resolves when so many are there. */
  count(number: number): Promise<void>
}

/** Listens to a channel. */
export function published<Message>(channel: DiagnosticsChannel<Message>): Published<Message> {
  const messages: Message[] = []
  const waiting: (() => void)[] = []
  const listener = (message: unknown): void => {
    messages.push(message as Message)
    for (const wake of waiting) wake()
  }
  subscribe(channel.name, listener)
  onTestFinished(() => void unsubscribe(channel.name, listener))
  return {
    take: () => messages.splice(0),
    count: number =>
      new Promise(resolve => {
        const check = (): void => {
          if (messages.length >= number) resolve()
        }
        waiting.push(check)
        check()
      }),
  }
}
