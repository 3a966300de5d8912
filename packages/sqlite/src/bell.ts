import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs'

/** How far the log had come when a process last rang. */
export interface Mark {
  readonly branch: string
  readonly seq: number
}

/** At most one ring per millisecond: a ring costs as much as a commit. */
const ringEveryMs = 1

/** `branch` and `seq`, of one length, so that a ring overwrites the one before it. */
const markPattern = /^([0-9a-f]{16}) (\d{16})\n$/
const markBytes = 34

/**
 * The bell of a store: a small file beside it (`-bell`), written after each commit. Readers in other processes watch it;
 * never the database files, which must not be opened by anything but SQLite (rule 3). What is written is the mark: how
 * far the log had come. It lies outside the database, so that a database restored in place is found to be behind it.
 * The file is never replaced or deleted: watchers follow its inode.
 */
export class Bell {
  readonly path: string
  readonly #file: number
  readonly #readMark: () => Mark
  #isPaused = false
  #isDue = false
  #pause: NodeJS.Timeout | undefined

  /** Creates the file when it is missing. `currentMark` says how far the log is now. */
  constructor(path: string, currentMark: () => Mark) {
    this.path = path
    this.#file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o666)
    this.#readMark = currentMark
  }

  /** Afterwards, within a millisecond, the readers of other processes are woken. To be called after the commit. */
  ring(): void {
    if (this.#isPaused) {
      this.#isDue = true
      return
    }
    this.#isPaused = true
    this.#pause = setTimeout(() => {
      this.#isPaused = false
      if (this.#isDue) this.ring()
    }, ringEveryMs)
    this.#isDue = false
    this.#writeCurrent()
  }

  /** The mark of the last ring, or undefined when the file is new or holds something else. */
  mark(): Mark | undefined {
    const bytes = Buffer.alloc(markBytes)
    readSync(this.#file, bytes, 0, markBytes, 0)
    const [, branch, seq] = markPattern.exec(bytes.toString('latin1')) ?? []
    return branch !== undefined && seq !== undefined ? { branch, seq: Number(seq) } : undefined
  }

  /** Afterwards the file holds this mark. Throws when it cannot be written. */
  writeMark({ branch, seq }: Mark): void {
    writeSync(this.#file, Buffer.from(`${branch} ${String(seq).padStart(16, '0')}\n`, 'latin1'), 0, markBytes, 0)
  }

  /** Afterwards a ring that was put off has been made and the file is no longer in use. */
  close(): void {
    clearTimeout(this.#pause)
    if (this.#isDue) this.#writeCurrent()
    closeSync(this.#file)
  }

  #writeCurrent(): void {
    try {
      this.writeMark(this.#readMark())
    } catch {
      // The commit stands whether or not the bell can be rung (a full disk, say): readers find it by polling.
    }
  }
}
