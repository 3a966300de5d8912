import type { Position } from '../stream/position.ts'
import type { StreamItem } from '../stream/snapshot.ts'
import type { FlowAccount } from './flow-account.ts'

/** What has come and was not handed out yet. */
export type QueuedMessage =
  | {
      readonly type: 'item'
      readonly vbucket: number
      readonly item: StreamItem
      readonly position: Position
      /** To be acknowledged when the item has been processed. */
      readonly flow: FlowAccount
      readonly bytes: number
    }
  | { readonly type: 'moved'; readonly vbucket: number; readonly position: Position }
  | { readonly type: 'rolled-back' | 'lost'; readonly vbucket: number; readonly position: Position }
  | { readonly type: 'caught-up'; readonly vbucket: number; readonly asOf: number }

/** First in, first out, in constant time. */
export class MessageQueue {
  #incoming: QueuedMessage[] = []
  #outgoing: QueuedMessage[] = []

  push(message: QueuedMessage): void {
    this.#incoming.push(message)
  }

  /** The oldest, which is taken out. */
  shift(): QueuedMessage | undefined {
    if (this.#outgoing.length === 0) {
      this.#outgoing = this.#incoming.reverse()
      this.#incoming = []
    }
    return this.#outgoing.pop()
  }
}
