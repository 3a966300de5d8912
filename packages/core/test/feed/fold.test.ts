import { beforeEach, describe, expect, test } from 'vitest'
import { type Folded, observe } from '../../src/feed/fold.ts'
import type { Asked, Observation } from '../../src/feed/observation.ts'
import { onLost, onRolledBack, openSlot, positionAfter, type Slot, slotOf } from '../../src/feed/slot.ts'
import { deliveredEnd, ended, idOf, lifeOf, live, seen, short, tokenOf } from './lettered-documents.ts'

const absent: Observation = { type: 'absent' }
const removed = (token: number, reason: 'deleted' | 'expired' = 'expired'): Observation => ({
  type: 'removed',
  token: tokenOf(token),
  reason,
})

/** What a process holds for one key, and what its subscriber was told. In the traces: P. */
class Replica {
  slot: Slot | undefined
  readonly told: string[] = []

  constructor(slot: Slot | undefined = openSlot()) {
    this.slot = slot
  }

  /** P has loaded this and was told nothing yet. */
  static holding(letters: string, token: number): Replica {
    const replica = new Replica()
    replica.read(seen(live(letters), token))
    return replica
  }

  feed(observation: Observation): Folded {
    return this.#take(observe(this.slot, observation, 'feed'))
  }

  /** A question sent now. */
  ask(at = 0): Asked {
    return { epoch: this.slot?.epoch ?? 0, revision: this.slot?.revision ?? 0, at }
  }

  /** The answer to a question; without one, to one sent just now. */
  read(observation: Observation, asked: Asked = this.ask()): Folded {
    return this.#take(observe(this.slot, observation, 'read', asked))
  }

  acknowledge(observation: Observation, asked: Asked = this.ask()): Folded {
    return this.#take(observe(this.slot, observation, 'acknowledgement', asked))
  }

  rolledBack(): void {
    this.slot = onRolledBack(this.slot ?? openSlot())
  }

  lost(): void {
    this.slot = onLost(this.slot ?? openSlot())
  }

  #take(folded: Folded): Folded {
    this.slot = folded.slot
    this.told.push(...folded.changes.map(short))
    return folded
  }
}

let P: Replica
beforeEach(() => {
  P = Replica.holding('a', 10)
})

describe('what is told of a life that goes on', () => {
  test('each commit that the frames bring, one by one, with its own value and facts', () => {
    const { changes } = P.feed(seen(live('abc'), 20))
    expect(changes).toMatchObject([
      { type: 'updated', version: 2, commitId: idOf('b'), value: { history: 'ab' }, baseVersion: 1, token: 20n },
      { type: 'updated', version: 3, commitId: idOf('c'), value: { history: 'abc' }, baseVersion: 2, token: 20n },
    ])
  })

  test('touched, when only the token is new; nothing, when not even that', () => {
    P.feed(seen(live('a'), 20))
    expect(P.feed(seen(live('a'), 20)).verdict).toBe('same')
    expect(P.told).toEqual(['touched 1:a'])
  })

  test('ended, with the reason and the final state', () => {
    const { changes } = P.feed(seen(ended('aZ'), 20))
    expect(changes).toMatchObject([
      { type: 'ended', version: 2, commitId: idOf('Z'), reason: 'ended', detail: 'logout', value: { history: 'a' } },
    ])
    P.feed(seen(deliveredEnd('aZ'), 30))
    P.feed(removed(40))
    expect(P.told).toEqual(['ended 1:a'])
  })

  test('ended without a value, when the document is gone', () => {
    expect(P.feed(removed(20)).changes).toMatchObject([
      { type: 'ended', version: 1, commitId: idOf('a'), reason: 'expired', value: undefined, token: 20n },
    ])
    const other = Replica.holding('a', 10)
    expect(other.feed(removed(20, 'deleted')).changes).toMatchObject([{ type: 'ended', reason: undefined }])
  })

  test('a reset before the end, when commits between are not at hand', () => {
    P.feed(seen(ended('abcZ'), 20))
    expect(P.told).toEqual(['reset (gap) 1:abc', 'ended 1:abc'])
  })
})

describe('folding', () => {
  test('token-order: a lower token is dropped, whatever its life or version; so a removal that is overtaken ends nobody', () => {
    // L1 expires; W creates L2; P reads L2; then the feed brings the removal of L1.
    P.read(seen(live('x', { life: 2 }), 30))
    expect(P.feed(removed(20)).verdict).toBe('dropped')
    expect(P.feed(seen(live('ab'), 15)).verdict).toBe('dropped')
    expect(P.told).toEqual(['ended 1:?', 'created 2:x'])
    expect(P.slot?.position).toMatchObject({ life: lifeOf(2), isEnded: false })
  })

  test('commit-id: the same version with another commit id is a rollback, not an echo', () => {
    // W→ab; crash−1; W→ac; the old stream still brings ab; rolled-back; the re-read finds ac.
    P.feed(seen(live('ab'), 20))
    P.rolledBack()
    P.read(seen(live('ac'), 30))
    expect(P.told).toEqual(['updated 1:ab', 'reset (rolled-back) 1:ac'])
  })

  test('link: a frame is applied only to the commit that the document names before it', () => {
    // W→ab; crash−1; W→ac, acd; the old stream brought ab; P reads acd.
    P.feed(seen(live('ab'), 20))
    P.read(seen(live('acd', { frames: 1 }), 40))
    expect(P.told).toEqual(['updated 1:ab', 'reset (rolled-back) 1:acd'])
  })

  test('link: a reset by rollback names the versions that were not told', () => {
    P.feed(seen(live('abc'), 20))
    const { changes } = P.read(seen(live('axyz'), 40))
    expect(changes).toMatchObject([{ type: 'reset', reason: 'rolled-back', version: 4, missed: { from: 2, to: 4 } }])
    expect(P.read(seen(live('a'), 41)).changes).toMatchObject([
      { reason: 'rolled-back', version: 1, missed: undefined },
    ])
  })

  test('conflict: of two states of one life that exclude each other the later arrival is dropped, and the store asked', () => {
    // Tokens are lower after the failover: P's own ac is acknowledged; the old stream brings the dead ab, token higher.
    P.acknowledge(seen(live('ac'), 11))
    const folded = P.feed(seen(live('ab'), 20))
    expect(folded).toMatchObject({ verdict: 'dropped', mustRead: true, changes: [] })
    P.read(seen(live('ac'), 11))
    expect(P.told).toEqual(['updated 1:ac'])
  })

  test('undone: an event that names a commit told as rolled back comes from a dead branch', () => {
    // W→ab, abc; crash−2; the old stream brings ab; P reads a; the old stream brings abc.
    P.feed(seen(live('ab'), 20))
    P.read(seen(live('a'), 10))
    expect(P.feed(seen(live('abc'), 30))).toMatchObject({ verdict: 'dropped', mustRead: true })
    expect(P.told).toEqual(['updated 1:ab', 'reset (rolled-back) 1:a'])
    // The next branch may know the id again.
    P.rolledBack()
    P.read(seen(live('a'), 10))
    P.feed(seen(live('ab'), 20))
    expect(P.told.at(-1)).toBe('updated 1:ab')
  })

  test('undone: ids are remembered from an end marker that undoes too, when it no longer has its state', () => {
    P.feed(seen(live('ab'), 20))
    const { slot } = P.read(seen({ ...ended('aZ'), state: undefined }, 15))
    expect(slot.undone).toEqual([idOf('b').slice(0, 8)])
    expect(P.told).toEqual(['updated 1:ab', 'ended 1:?'])
  })

  test('asked-after: a read sent after the last fold is the truth, even with a lower token', () => {
    // Tokens are lower after the failover: P holds ab, the store a.
    P.feed(seen(live('ab'), 20))
    expect(P.read(seen(live('a'), 10)).verdict).toBe('folded')
    expect(P.told).toEqual(['updated 1:ab', 'reset (rolled-back) 1:a'])
  })

  test('asked-after: goes by a revision, not by the state, which may look the same as before', () => {
    P.feed(seen(live('ab'), 20))
    P.read(seen(live('a'), 10))
    const early = P.ask()
    P.read(seen(live('ab'), 20))
    P.read(seen(live('a'), 10))
    // Looks as it did when asked; the answer was on its way all the time, and is old.
    expect(P.read(seen(live('a'), 5), early).verdict).toBe('dropped')
  })

  test('missing-order: "not found" counts only if nothing was folded since it was asked for', () => {
    // L1 expires; P asks; W creates L2; the feed brings L2; the answer is "not found".
    const early = P.ask()
    P.feed(seen(live('x', { life: 2 }), 30))
    expect(P.read(absent, early)).toMatchObject({ verdict: 'dropped', changes: [] })
    expect(P.told).toEqual(['ended 1:?', 'created 2:x'])
    P.read(absent)
    expect(P.told.at(-1)).toBe('ended 2:?')
  })

  test('token-order: "not found" leaves the token as it is, so an earlier life that the feed comes to is no news', () => {
    // P loads L2 ahead of the feed; L2 expires; P reads "not found"; then the feed brings L1.
    const ahead = new Replica()
    ahead.read(seen(live('x', { life: 2 }), 30))
    ahead.read(absent)
    expect(ahead.feed(seen(live('a'), 20)).verdict).toBe('dropped')
    expect(ahead.told).toEqual(['ended 2:?'])
  })

  test('gap-reset: what frames cannot bridge is one reset with the range missed', () => {
    // W→ab; W→abc, compacted; the feed brings only the frame of c.
    const { changes } = P.feed(seen(live('abc', { frames: 1 }), 30))
    expect(changes).toMatchObject([{ type: 'reset', reason: 'gap', version: 3, missed: { from: 2, to: 3 } }])
  })

  test('gap-reset: also when the document names no id as old as the one held', () => {
    P.feed(seen(live('abcdef', { frames: 2, named: 2 }), 30))
    expect(P.told).toEqual(['reset (gap) 1:abcdef'])
  })

  test('end-first: another life in place of the held one is ended(old), then created and updated', () => {
    P.feed(seen(live('xy', { life: 2 }), 30))
    expect(P.told).toEqual(['ended 1:?', 'created 2:x', 'updated 2:xy'])
  })

  test('end-first: or reset, when the other life does not have every frame', () => {
    const { changes } = P.feed(seen(live('xyz', { life: 2, frames: 1 }), 30))
    expect(changes.map(short)).toEqual(['ended 1:?', 'reset (new-life) 2:xyz'])
    expect(changes[1]).toMatchObject({ missed: { from: 1, to: 3 } })
  })

  test('end-first: or ended, when the other life is over too', () => {
    P.feed(seen(ended('xZ', { life: 2 }), 30))
    expect(P.told).toEqual(['ended 1:?', 'ended 2:x'])
  })
})

describe('loads, acknowledgements, ends', () => {
  test('slot: events that come while a load is under way outdate its answer', () => {
    // P asks, answered a; W→ab; the event comes first.
    const loading = new Replica()
    const asked = loading.ask()
    loading.feed(seen(live('ab'), 20))
    expect(loading.read(seen(live('a'), 10), asked).verdict).toBe('dropped')
    expect(loading.slot?.position?.version).toBe(2)
  })

  test('absent-token: a removal that comes while a load is under way outdates its answer', () => {
    // P asks (a); expires; removed; the answer is a.
    const loading = new Replica()
    const asked = loading.ask()
    loading.feed(removed(20))
    expect(loading.read(seen(live('a'), 10), asked).verdict).toBe('dropped')
    expect(loading.slot?.position).toBeUndefined()
  })

  test('the first answer of a load tells nothing: it is the first position', () => {
    expect(P.told).toEqual([])
    expect(P.slot?.position).toMatchObject({ version: 1, commitId: idOf('a') })
  })

  test('ack-observes: the acknowledgement of a commit that the feed has brought tells nothing', () => {
    const asked = P.ask()
    P.feed(seen(live('ab'), 20))
    expect(P.acknowledge(seen(live('ab'), 20), asked).verdict).toBe('same')
    expect(P.told).toEqual(['updated 1:ab'])
  })

  test('position: an acknowledgement never takes back a newer event', () => {
    // P commits b; W→abc; the feed brings abc; then comes the acknowledgement of b.
    const asked = P.ask()
    P.feed(seen(live('abc'), 30))
    expect(P.acknowledge(seen(live('ab'), 20), asked).verdict).toBe('dropped')
    expect(P.slot?.position?.version).toBe(3)
  })

  test('fence: a life whose end was seen stays ended', () => {
    // W→ab; expires; P reads "not found"; then the feed brings the older ab.
    P.read(absent)
    const { shown, changes } = P.feed(seen(live('ab'), 20))
    expect({ shown, changes }).toEqual({ shown: undefined, changes: [] })
    expect(P.slot?.position?.isEnded).toBe(true)
    P.feed(removed(30))
    expect(P.told).toEqual(['ended 1:?'])
  })

  test('fence: also after another life came and went', () => {
    P.feed(seen(ended('aZ'), 20))
    P.feed(seen(live('x', { life: 2 }), 30))
    expect(P.feed(seen(live('ab'), 40))).toMatchObject({ verdict: 'dropped', mustRead: true })
    P.read(seen(live('ab'), 40))
    expect(P.told).toEqual(['ended 1:a', 'created 2:x', 'ended 2:?'])
  })

  test('re-end: a life whose end was rolled back is to be ended again, with the token that was read', () => {
    // End; P sees it; crash−1: the store shows the life alive.
    P.feed(seen(ended('aZ'), 20))
    P.rolledBack()
    const { endAgain, shown } = P.read(seen(live('a'), 10))
    expect(endAgain).toMatchObject({ token: 10n, document: { type: 'live' } })
    expect(shown).toBeUndefined()
    // As long as it is alive: the first try may be lost.
    expect(P.read(seen(live('a'), 10)).endAgain).toBeDefined()
    expect(P.acknowledge(seen(ended('aY'), 30))).toMatchObject({ endAgain: undefined, changes: [] })
  })

  test('re-end: an event that shows it alive says so too, without a read', () => {
    P.feed(seen(ended('aZ'), 20))
    expect(P.feed(seen(live('ab'), 30))).toMatchObject({ mustRead: false, changes: [], endAgain: { token: 30n } })
  })

  test('re-end: also when the life was only found gone, with the very commit that is alive again', () => {
    P.read(absent)
    P.rolledBack()
    expect(P.read(seen(live('a'), 10)).endAgain).toBeDefined()
    expect(P.feed(seen(live('a'), 10)).endAgain).toBeDefined()
  })

  test('past-only: neither is one that a removal seems to end, because a removal names no life', () => {
    // L1 expires; crash−1, tokens are lower; L1 is replaced by L2; P reads L2; the old stream brings the removal of L1.
    P.read(seen(live('x', { life: 2 }), 11))
    P.feed(removed(20))
    P.rolledBack()
    const { endAgain, changes } = P.read(seen(live('x', { life: 2 }), 11))
    expect(endAgain).toBeUndefined()
    expect(changes.map(short)).toEqual(['reset (rolled-back) 2:x'])
    expect(P.told).toEqual(['ended 1:?', 'created 2:x', 'ended 2:?', 'reset (rolled-back) 2:x'])
  })

  test('past-only: a removal that was taken back is not told again by the marker that is there instead', () => {
    P.feed(removed(20))
    P.rolledBack()
    P.read(seen(ended('aZ'), 15))
    expect(P.told).toEqual(['ended 1:?'])
    P.rolledBack()
    expect(P.read(seen(live('a'), 10)).endAgain).toBeDefined()
  })

  test('past-only: a life that was only replaced may come back, and is never ended again', () => {
    // Tokens are lower: P reads L3; the old stream's dead L2 "replaces" it; the re-read finds L3.
    P.read(seen(live('y', { life: 3 }), 11))
    P.feed(seen(live('x', { life: 2 }), 20))
    P.rolledBack()
    const { endAgain, changes } = P.read(seen(live('y', { life: 3 }), 11))
    expect(endAgain).toBeUndefined()
    expect(changes.map(short)).toEqual(['ended 2:?', 'reset (rolled-back) 3:y'])
    // And the dead one does not replace it a second time.
    expect(P.feed(seen(live('x', { life: 2 }), 20))).toMatchObject({ verdict: 'dropped', mustRead: true })
  })
})

describe('rollback and resume', () => {
  test('epoch: what was asked in an earlier epoch answers nothing', () => {
    // P asks, answered a; crash−1; rolled-back; the re-read finds nothing; then the old answer a arrives.
    const early = P.ask()
    P.rolledBack()
    P.read(absent)
    expect(P.read(seen(live('ab'), 20), early)).toMatchObject({ verdict: 'dropped', mustRead: true })
    expect(P.acknowledge(seen(live('ab'), 20), early)).toMatchObject({ verdict: 'dropped', mustRead: true })
    expect(P.told).toEqual(['ended 1:?'])
  })

  test('epoch: after lost too, but tokens stay valid and events go on', () => {
    const early = P.ask()
    P.lost()
    expect(P.read(absent, early)).toMatchObject({ verdict: 'dropped', mustRead: true })
    expect(P.feed(seen(live('ab'), 20)).verdict).toBe('folded')
    expect(P.feed(seen(live('a'), 10)).verdict).toBe('dropped')
  })

  test('forget-tokens: after rolled-back the held token orders nothing', () => {
    // Tokens are lower after the failover, so every event of the new branch is "older".
    P.feed(seen(live('ab'), 20))
    P.rolledBack()
    P.read(seen(live('ac'), 12))
    expect(P.feed(seen(live('acd'), 13)).verdict).toBe('folded')
    expect(P.told).toEqual(['updated 1:ab', 'reset (rolled-back) 1:ac', 'updated 1:acd'])
  })

  test('forget-tokens: and "not found" resets it to the lowest', () => {
    P.rolledBack()
    P.read(absent)
    P.feed(seen(live('x', { life: 2 }), 3))
    expect(P.told).toEqual(['ended 1:?', 'created 2:x'])
  })

  test('stash: an event that waits is folded after the re-read, so nothing is told as rolled back that was not', () => {
    // P has read abc ahead of the feed; rolled-back; then comes the event ab.
    P.read(seen(live('abc'), 30))
    P.rolledBack()
    expect(P.feed(seen(live('ab'), 20))).toMatchObject({ verdict: 'stashed', mustRead: true, changes: [] })
    P.read(seen(live('abc'), 30))
    expect(P.told).toEqual(['updated 1:ab', 'updated 1:abc'])
  })

  test('stash: and it is not forgotten', () => {
    // The re-read was answered a, then W→ac; its event comes before the answer. An older one does not take its place.
    P.rolledBack()
    const asked = P.ask()
    P.feed(seen(live('ac'), 20))
    P.feed(seen(live('a'), 10))
    const { shown, verdict } = P.read(seen(live('a'), 10), asked)
    expect(shown?.document.version).toBe(2)
    expect(verdict).toBe('folded')
    expect(P.told).toEqual(['updated 1:ac'])
  })

  test('stash: what waits is forgotten when the log is lost, because a removal after it may be in the lost part', () => {
    // rolled-back; the feed brings L2; L2 is removed; the log is truncated: lost. The re-read finds nothing.
    P.rolledBack()
    P.feed(seen(live('x', { life: 2 }), 30))
    P.lost()
    P.read(absent)
    expect(P.told).toEqual(['ended 1:?'])
  })

  test('stash: a removal waits too', () => {
    P.rolledBack()
    const asked = P.ask()
    P.feed(removed(20))
    expect(P.read(seen(live('a'), 10), asked).shown).toBeUndefined()
    expect(P.told).toEqual(['ended 1:?'])
  })

  test('first-reset: the first event of a key whose position is unknown is a reset, version 1 too', () => {
    for (const letters of ['a', 'abc']) {
      const consumer = new Replica(undefined)
      consumer.slot = undefined
      const { changes } = consumer.feed(seen(live(letters), 10))
      expect(changes).toMatchObject([{ type: 'reset', reason: 'first', missed: undefined }])
      consumer.feed(seen(live(`${letters}z`), 20))
      expect(consumer.told.at(-1)).toBe(`updated 1:${letters}z`)
    }
  })

  test('first-reset: where nothing is held, a whole document is told from created on', () => {
    const consumer = new Replica()
    const { changes } = consumer.feed(seen(live('ab'), 10))
    expect(changes).toMatchObject([
      { type: 'created', version: 1, commitId: idOf('a'), baseVersion: 0, patches: [{ op: 'set', path: [] }] },
      { type: 'updated', version: 2, commitId: idOf('b') },
    ])
    const other = new Replica()
    expect(other.feed(seen(live('abc', { frames: 1 }), 10)).changes).toMatchObject([{ type: 'reset', reason: 'first' }])
  })

  test('a consumer that says where it stands gets what is new, from a token that is older and one that is newer', () => {
    const [, updated] = new Replica().feed(seen(live('ab'), 20)).changes
    if (updated === undefined) throw new Error('Nothing was told.')
    const resumed = new Replica(slotOf(positionAfter(updated)))
    resumed.feed(seen(live('a'), 10))
    resumed.feed(seen(live('ab'), 20))
    resumed.feed(seen(live('abc'), 30))
    expect(resumed.told).toEqual(['updated 1:abc'])
  })

  test('a consumer that does not know its token costs one read', () => {
    const resumed = new Replica(slotOf({ life: lifeOf(1), version: 2, commitId: idOf('b') }))
    expect(resumed.feed(seen(live('a'), 10))).toMatchObject({ verdict: 'stashed', mustRead: true })
    resumed.read(seen(live('abc'), 30))
    resumed.feed(seen(live('abcd'), 40))
    expect(resumed.told).toEqual(['updated 1:abc', 'updated 1:abcd'])
  })

  test('a consumer that knows of an end is not told again', () => {
    const known = { life: lifeOf(1), version: 2, commitId: idOf('Z'), token: tokenOf(20), isEnded: true }
    const resumed = new Replica(slotOf(known))
    resumed.feed(seen(ended('aZ'), 20))
    resumed.feed(removed(30))
    resumed.feed(seen(live('x', { life: 2 }), 40))
    expect(resumed.told).toEqual(['created 2:x'])
  })
})

describe('freshness', () => {
  test('asof-sent: a read proves what it answers as of when it was sent, also when it confirms', () => {
    P.read(seen(live('ab'), 20), P.ask(5))
    expect(P.slot?.proofAt).toBe(5)
    P.read(seen(live('ab'), 20), P.ask(9))
    expect(P.slot?.proofAt).toBe(9)
  })

  test('asof-event: an event proves nothing, and ends the proof of what was read before', () => {
    P.read(seen(live('a'), 10), P.ask(5))
    P.feed(seen(live('ab'), 20))
    expect(P.slot?.proofAt).toBe(-Infinity)
  })

  test('dropped-proof: an answer that was dropped proves nothing', () => {
    const asked = P.ask(7)
    P.feed(seen(live('ab'), 20))
    P.read(seen(live('a'), 10), asked)
    expect(P.slot?.proofAt).toBe(-Infinity)
  })
})
