import { expect } from 'vitest'
import { type Outcome, judge } from './judge.ts'
import { Ledger } from './ledger.ts'
import type { View } from './process/dialogue.ts'
import type { Operation, SheetName } from './sheet.ts'
import type { WriterProcess } from './start-writers.ts'

/** Processes that write to one sheet, and what became of all that they tried. */
export class Crowd {
  readonly ledger: Ledger = new Ledger()
  readonly #processes: readonly WriterProcess[]
  readonly #sheet: SheetName

  constructor(processes: readonly WriterProcess[], sheet: SheetName) {
    this.#processes = processes
    this.#sheet = sheet
  }

  /** Everybody begins drafts on what is there now, and makes its changes in them: each process its own operations. */
  async begin(shares: readonly (readonly Operation[])[]): Promise<void> {
    const sheet = this.#sheet
    await this.#each(shares, (writer, operations) => writer.ask('begin', { sheet, operations }))
  }

  /** Everybody commits the drafts of these operations, which were begun. @returns what became of them */
  async commit(
    shares: readonly (readonly Operation[])[],
    options: { readonly onConflict?: 'merge' | 'fail' } = {},
  ): Promise<readonly Outcome[]> {
    const outcomes = await this.#each(shares, async (writer, operations) => {
      this.ledger.expect(operations)
      const told = await writer.ask('commit', { sheet: this.#sheet, ...options })
      this.ledger.enter(operations, told)
      return told
    })
    return outcomes.flat()
  }

  /** Everybody writes as fast as it goes: each process its own lanes, and each lane one operation after the other. */
  async writeFreely(
    shares: readonly (readonly (readonly Operation[])[])[],
    options: { readonly keepsHandles?: boolean } = {},
  ): Promise<readonly Outcome[]> {
    const outcomes = await this.#each(shares, (writer, lanes) => this.write(writer, lanes, options))
    return outcomes.flat()
  }

  /** The same for one process. */
  async write(
    writer: WriterProcess,
    lanes: readonly (readonly Operation[])[],
    options: { readonly keepsHandles?: boolean } = {},
  ): Promise<readonly Outcome[]> {
    this.ledger.expect(lanes.flat())
    const told = await writer.ask('write', { sheet: this.#sheet, lanes, ...options })
    this.ledger.enter(lanes.flat(), told.flat())
    return told.flat()
  }

  /** All processes, or these, see the same sheet, and all that was acknowledged is in it exactly once. @returns the sheet */
  async mustBeWhole(readers: readonly WriterProcess[] = this.#processes): Promise<View> {
    const [view, ...others] = await Promise.all(readers.map(reader => reader.ask('read', this.#sheet)))
    if (view === undefined) throw new Error('Nobody is left to read.')
    for (const other of others) expect(other).toEqual(view)
    expect(judge(view, this.ledger.tried)).toEqual([])
    return view
  }

  #each<Share, Answer>(
    shares: readonly Share[],
    carryOut: (writer: WriterProcess, share: Share) => Promise<Answer>,
  ): Promise<readonly Answer[]> {
    return Promise.all(
      this.#processes.flatMap((writer, index) => {
        const share = shares[index]
        return share === undefined ? [] : [carryOut(writer, share)]
      }),
    )
  }
}
