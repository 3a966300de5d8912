/** What a persistent scope of CFML does, and what became of it here. */
export interface BehaviourText {
  readonly number: number
  /** `=`: as it is known. `C`: only under `compat`. `>`: more than the systems that are re-created. */
  readonly tags: readonly ('=' | 'C' | '>')[]
  readonly text: string
  /** Of Lucee 5 to 7, by its source and documentation. */
  readonly lucee: string
  /** Of Adobe ColdFusion, by its documentation. */
  readonly coldfusion: string
}
