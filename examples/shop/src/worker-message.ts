/** What a worker tells the primary before it gives up. */
export interface WorkerMessage {
  /** Why it cannot serve. */
  readonly failed: string
}
