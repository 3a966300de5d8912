import type { HistoryRecorder } from './history-recorder.ts'

/** What a history must know of the process that it is about. */
export interface RecordedProcess {
  readonly recorder: HistoryRecorder
  /** Unique in the history: another one after a restart. */
  readonly process: string
  /** `open` asks the store: `cluster: true`. */
  readonly isFresh: boolean
  /** Writes are shown before they are stored: `backup: 'behind'`. */
  readonly isBehind: boolean
}
