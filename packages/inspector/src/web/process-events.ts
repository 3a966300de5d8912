import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import {
  type BackgroundFailedMessage,
  type ClockMessage,
  type DiagnosticsChannel,
  type FeedStatusMessage,
  type LockMessage,
  type ReaperMessage,
  type RollbackMessage,
  type UnreadableMessage,
  diagnostics,
} from '@scopes/core'

/** What the process tells on a channel, in one sentence. */
export interface ProcessEvent {
  readonly channel: string
  readonly text: string
  readonly isTrouble: boolean
}

type Said = Omit<ProcessEvent, 'channel'>

/** Tells of everything that happens inside this process beside its commits and loads. @returns how to end it */
export function watchProcess(tell: (event: ProcessEvent) => void): () => void {
  const { rollback, unreadable, feed, backgroundFailed, reaper, clock, lock } = diagnostics
  const ends = [
    hear(rollback, rolledBack, tell),
    hear(unreadable, notReadable, tell),
    hear(feed, feedStatus, tell),
    hear(backgroundFailed, failed, tell),
    hear(reaper, reaping, tell),
    hear(clock, clocks, tell),
    hear(lock, locking, tell),
  ]
  return () => {
    for (const end of ends) end()
  }
}

function hear<Message>(
  { name: channel }: DiagnosticsChannel<Message>,
  say: (message: Message) => Said | undefined,
  tell: (event: ProcessEvent) => void,
): () => void {
  const listener = (message: unknown): void => {
    const said = say(message as Message)
    if (said) tell({ channel, ...said })
  }
  subscribe(channel, listener)
  return () => unsubscribe(channel, listener)
}

function rolledBack({ documentKey, version }: RollbackMessage): Said {
  return trouble(`${documentKey}: the store lost acknowledged commits, the newest is now version ${version}`)
}

function notReadable({ documentKey, error }: UnreadableMessage): Said {
  return trouble(`${documentKey} cannot be read: ${reasonOf(error)}`)
}

function feedStatus({ status, error }: FeedStatusMessage): Said {
  return status === 'live'
    ? note('The changes feed goes on')
    : trouble(`The changes feed is interrupted: ${reasonOf(error)}`)
}

function failed({ documentKey, what, error }: BackgroundFailedMessage): Said {
  return trouble(`${documentKey}: ${what} failed: ${reasonOf(error)}`)
}

function reaping(message: ReaperMessage): Said {
  switch (message.type) {
    case 'shares':
      return note(`This process ends the scopes of ${message.partitions} of 64 partitions`)
    case 'scanned':
      return note(`The reaper has read the store and waits for ${message.deadlines} deadlines`)
    case 'not-covered':
      return trouble('The reaper of this process ends nothing: its feed does not bring every document')
    default:
      return message satisfies never
  }
}

function clocks(message: ClockMessage): Said {
  switch (message.type) {
    case 'apart':
      return trouble(
        `The clock of ${message.ahead ?? 'another process'} is ${message.byMs} ms ahead of ${message.behind}`,
      )
    case 'agreed':
      return note(`The clocks of ${message.ahead ?? 'another process'} and ${message.behind} agree again`)
    case 'jumped':
      return trouble(`The clock of ${message.name} jumped by ${message.byMs} ms`)
    default:
      return message satisfies never
  }
}

/** Locks that go well are not told. */
function locking(message: LockMessage): Said | undefined {
  const { type, lock } = message
  switch (type) {
    case 'waiting':
    case 'granted':
    case 'released':
    case 'given-up':
      return undefined
    case 'lost':
      return trouble(`${lock} was lost after ${Math.round(message.heldMs)} ms: ${reasonOf(message.error)}`)
    case 'timed-out':
      return trouble(
        `${lock} was not free in ${Math.round(message.waitedMs)} ms; held by ${message.holders.join(', ')}`,
      )
    case 'deadlock-suspected':
      return trouble(`${lock}: a deadlock is suspected with ${message.holders.join(', ')}`)
    default:
      return message satisfies never
  }
}

function note(text: string): Said {
  return { text, isTrouble: false }
}

function trouble(text: string): Said {
  return { text, isTrouble: true }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
