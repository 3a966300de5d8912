/**
 * What each vbucket has to have delivered before it may say `caught-up`. Data only, by vbucket: the driver asks a node for
 * the highest seqnos and says when it asked. Two answers are kept, so that one is reached though newer ones come.
 */
export class CatchUps {
  readonly #targets: Float64Array
  readonly #asOf: Float64Array
  readonly #nextTargets: Float64Array
  readonly #nextAsOf: Float64Array
  /** A proof no older than this is wanted; Infinity: none. */
  readonly #wanted: Float64Array

  /** At first each vbucket wants one proof, of any time. */
  constructor(vbuckets: number) {
    this.#targets = new Float64Array(vbuckets).fill(Infinity)
    this.#asOf = new Float64Array(vbuckets)
    this.#nextTargets = new Float64Array(vbuckets).fill(Infinity)
    this.#nextAsOf = new Float64Array(vbuckets)
    this.#wanted = new Float64Array(vbuckets).fill(-Infinity)
  }

  /** From now on a proof is wanted of each that was asked for at `since` or later. */
  want(since: number): void {
    for (let vbucket = 0; vbucket < this.#wanted.length; vbucket++) this.#wanted[vbucket] = since
  }

  /** What was asked before says nothing any more: the branch is another one. A proof is wanted. */
  reset(vbucket: number): void {
    this.#targets[vbucket] = Infinity
    this.#nextTargets[vbucket] = Infinity
    if (this.#wanted[vbucket] === Infinity) this.#wanted[vbucket] = -Infinity
  }

  /** Whether a node has to be asked: a proof is wanted, and no answer waits that will be one. */
  mustAsk(vbucket: number): boolean {
    const wanted = this.#wanted[vbucket] ?? Infinity
    if (wanted === Infinity) return false
    const waiting = this.#waitingAsOf(vbucket)
    return waiting === undefined || waiting < wanted
  }

  /** A node was asked at `asOf` and named this seqno. */
  answered(vbucket: number, target: number, asOf: number): void {
    if (this.#targets[vbucket] === Infinity) {
      this.#targets[vbucket] = target
      this.#asOf[vbucket] = asOf
    } else {
      this.#nextTargets[vbucket] = target
      this.#nextAsOf[vbucket] = asOf
    }
  }

  /** The vbucket has delivered up to `seqno`. Returns the time of which it is proven to have delivered all, if any. */
  reached(vbucket: number, seqno: number): number | undefined {
    if (seqno < (this.#targets[vbucket] ?? Infinity)) return undefined
    let asOf = this.#asOf[vbucket] ?? -Infinity
    this.#targets[vbucket] = this.#nextTargets[vbucket] ?? Infinity
    this.#asOf[vbucket] = this.#nextAsOf[vbucket] ?? -Infinity
    this.#nextTargets[vbucket] = Infinity
    if (seqno >= (this.#targets[vbucket] ?? Infinity)) {
      asOf = this.#asOf[vbucket] ?? asOf
      this.#targets[vbucket] = Infinity
    }
    if (asOf >= (this.#wanted[vbucket] ?? Infinity)) this.#wanted[vbucket] = Infinity
    return asOf
  }

  /** Of the newest answer whose seqno has not been reached. */
  #waitingAsOf(vbucket: number): number | undefined {
    if (this.#nextTargets[vbucket] !== Infinity) return this.#nextAsOf[vbucket]
    return this.#targets[vbucket] === Infinity ? undefined : this.#asOf[vbucket]
  }
}
