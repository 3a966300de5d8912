import { randomBytes } from 'node:crypto'
import { statSync } from 'node:fs'

import type { Bell, Mark } from './bell.ts'
import { isSameBoot, readBootId } from './boot-id.ts'
import type { ChangeLog } from './change-log.ts'
import type { Database, Statement } from './driver.ts'

/** Why the history of a store had to start a new branch. */
export type BranchReason =
  /** The store was just created. */
  | 'created'
  /** The machine was started anew: a power cut may have taken the newest commits. */
  | 'boot'
  /** The file is another than the one that was written before: a copy, or a backup that was put in its place. */
  | 'file'
  /** The log ends before what was already announced, or nobody knows what was: an older file was written over it. */
  | 'mark'

/** More than any tail that a power cut can take, so that no token of a lost tail is ever handed out again (rule 10). */
const leastJump = 2 ** 24
/** And a random part: between a backup and its restoration far more may have happened than in a lost tail. */
const jumpSpread = 2 ** 36

/**
 * Which history a store file holds. The branch id stands in every feed token; a new one, together with a jump of the
 * sequence, says that what was seen or acknowledged before may have been taken back.
 */
export class StoreIdentity {
  readonly #path: string
  readonly #log: ChangeLog
  readonly #read: Statement<{ v: string | number }>
  readonly #mark: Statement<{ branch: string; seq: number | null }>
  readonly #write: Statement<unknown>

  constructor(database: Database, path: string, log: ChangeLog) {
    this.#path = path
    this.#log = log
    this.#read = database.prepare('SELECT v FROM meta WHERE k = ?')
    this.#mark = database.prepare(
      "SELECT (SELECT v FROM meta WHERE k = 'branch') AS branch, (SELECT max(seq) FROM changes) AS seq",
    )
    this.#write = database.prepare('INSERT INTO meta(k, v) VALUES(?, ?) ON CONFLICT(k) DO UPDATE SET v = excluded.v')
  }

  /** The branch that the store is on now; another process may start a new one at any time. */
  branch(): string {
    return String(this.#read.get('branch')?.v)
  }

  /** How far the log has come: one read, for each ring of the bell and each pull of a feed. */
  mark(): Mark {
    const row = this.#mark.get()
    return { branch: String(row?.branch), seq: row?.seq ?? 0 }
  }

  /** Why this file needs a new branch, or undefined when it goes on as it is. */
  reasonForBranch(bell: Bell): BranchReason | undefined {
    // The mark first: what it says was in the log before it was written.
    const mark = bell.mark()
    if (this.#read.get('branch') === undefined) return 'created'
    if (!isSameBoot(String(this.#read.get('boot')?.v), readBootId())) return 'boot'
    const { file, born } = fileIdentity(this.#path)
    const knownBorn = this.#read.get('born')?.v
    if (file !== this.#read.get('file')?.v) return 'file'
    if (born !== '' && knownBorn !== '' && born !== knownBorn) return 'file'
    if (mark === undefined || mark.branch !== this.branch() || mark.seq > this.#log.newest()) return 'mark'
    return undefined
  }

  /** Afterwards the transaction has something to flush, though no document changed. */
  writeBeat(): void {
    this.#write.run('beat', this.#log.newest())
  }

  /** Whether the file's time of birth can be told now and is not written down yet. */
  lacksBirth(): boolean {
    return this.#read.get('born')?.v === '' && fileIdentity(this.#path).born !== ''
  }

  /** Afterwards the file's time of birth is written down. To be called inside a write transaction. */
  learnBirth(): void {
    this.#write.run('born', fileIdentity(this.#path).born)
  }

  /** Afterwards the store is on a new branch. To be called inside a write transaction. */
  startBranch(bell: Bell): Mark {
    const branch = randomBytes(8).toString('hex')
    const known = Math.max(this.#log.newest(), bell.mark()?.seq ?? 0)
    const seq = known + leastJump + Math.floor(Math.random() * jumpSpread)
    const { file, born } = fileIdentity(this.#path)
    this.#log.startAt(seq)
    for (const [name, value] of Object.entries({ branch, boot: readBootId(), file, born })) {
      this.#write.run(name, value)
    }
    // Before COMMIT, while nobody else can judge: the next process to open must not find the old mark.
    bell.writeMark({ branch, seq })
    return { branch, seq }
  }
}

interface FileIdentity {
  /** Device and inode. */
  readonly file: string
  /** When the file was made, in ns; empty where the file system does not say. A file made anew may get its old inode. */
  readonly born: string
}

function fileIdentity(path: string): FileIdentity {
  const { dev, ino, birthtimeNs, ctimeNs } = statSync(path, { bigint: true })
  // Where a birth time is not kept, the time of the last change stands in for it; just after the birth both are equal.
  const hasBirth = birthtimeNs > 0n && birthtimeNs !== ctimeNs
  return { file: `${dev}:${ino}`, born: hasBirth ? String(birthtimeNs) : '' }
}
