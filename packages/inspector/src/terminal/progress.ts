import { countText } from './texts.ts'

/** How far something has come. */
export interface ProgressState {
  /** What is done, in one word. */
  readonly what: string
  readonly done: number
  /** Undefined: nobody knows. */
  readonly total: number | undefined
  readonly elapsedMs: number
}

const barWidth = 24
/** A line that is written more often nobody can read. */
const everyMs = 100

/** One line for a terminal: bar, share, count, rate and the time that remains. */
export function progressText({ what, done, total, elapsedMs }: ProgressState): string {
  const rate = elapsedMs === 0 ? 0 : (done * 1000) / elapsedMs
  const speed = `${Math.round(rate).toLocaleString('en')}/s`
  if (total === undefined || total === 0) return `${what}  ${countText(done, 'document')}  ${speed}`
  // What was added meanwhile is done as well.
  const share = Math.min(1, done / total)
  const filled = Math.round(share * barWidth)
  const bar = `[${'#'.repeat(filled)}${'-'.repeat(barWidth - filled)}]`
  const left = rate === 0 ? '' : `  ${durationText((Math.max(0, total - done) * 1000) / rate)} left`
  const counts = `${done.toLocaleString('en')} of ${total.toLocaleString('en')}`
  return `${what}  ${bar} ${String(Math.floor(share * 100)).padStart(3)} %  ${counts}  ${speed}${left}`
}

/** `45 s`, `2 min 05 s`, `1 h 02 min`. */
function durationText(ms: number): string {
  const seconds = Math.ceil(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  const [minutes, rest] = [Math.floor(seconds / 60), String(seconds % 60).padStart(2, '0')]
  if (minutes < 60) return `${minutes} min ${rest} s`
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`
}

/** Shows how far something has come, a few times in a second at most. */
export class Progress {
  readonly #what: string
  readonly #total: number | undefined
  readonly #show: (text: string) => void
  readonly #now: () => number
  readonly #startedAt: number
  #shownAt = -Infinity

  constructor(
    what: string,
    total: number | undefined,
    { show, now }: { readonly show: (text: string) => void; readonly now: () => number },
  ) {
    this.#what = what
    this.#total = total
    this.#show = show
    this.#now = now
    this.#startedAt = now()
  }

  /** So much is done by now. */
  update(done: number): void {
    const now = this.#now()
    if (now - this.#shownAt < everyMs) return
    this.#shownAt = now
    const state = { what: this.#what, done, total: this.#total, elapsedMs: now - this.#startedAt }
    this.#show(progressText(state))
  }
}
