import type { KeyMessage, ScopeCopy } from '@scopes/core'

import { TinyReplicas } from '../tiny/tiny-replicas.ts'

/** Replicas with one flaw, and the clause that has to find it. */
export interface BrokenReplicas {
  readonly clause: string
  readonly flaw: string
  readonly open: () => TinyReplicas
}

class Stubborn extends TinyReplicas {
  override set(key: string, copy: ScopeCopy): void {
    if (!this.known.has(key)) super.set(key, copy)
  }
}

class Undeleting extends TinyReplicas {
  override delete(): void {}
}

class Deaf extends TinyReplicas {
  override receive(message: KeyMessage): void {
    if (!this.known.has(message.key)) super.receive(message)
  }
}

class Gullible extends TinyReplicas {
  override receive(message: KeyMessage): void {
    this.known.delete(message.key)
    super.receive(message)
  }
}

class Forgetful extends TinyReplicas {
  override receive(message: KeyMessage): void {
    super.receive(message)
    if (message.type === 'removed') this.known.delete(message.key)
  }
}

class Waiting extends TinyReplicas {
  override receive(message: KeyMessage): void {
    if (message.type === 'removed' || message.bytes) super.receive(message)
  }
}

class Trusting extends TinyReplicas {
  override distrust(): void {}
}

class TrustingOwn extends TinyReplicas {
  readonly #own = new Set<string>()

  override set(key: string, copy: ScopeCopy): void {
    this.#own.add(key)
    super.set(key, copy)
  }

  override distrust(): void {
    for (const key of this.known.keys()) if (!this.#own.has(key)) this.known.delete(key)
  }
}

class Keeping extends TinyReplicas {
  override begin(): void {}
}

class Shared extends TinyReplicas {
  override attach(): void {}
}

class Empty extends TinyReplicas {
  override get(): ScopeCopy | undefined {
    return undefined
  }
}

class Immortal extends TinyReplicas {
  override receive(message: KeyMessage): void {
    if (message.type === 'document') super.receive(message)
  }
}

class Impatient extends TinyReplicas {
  #received = 0

  /** Takes what comes first after the beginning, and no more. */
  override receive(message: KeyMessage): void {
    if (++this.#received <= 1) super.receive(message)
  }
}

/** For each clause replicas that only it is meant for; some flaws are found by several. */
export const brokenReplicas: readonly BrokenReplicas[] = [
  {
    clause: 'cache: what was set is there as it was, until another is',
    flaw: 'keep what was set first',
    open: () => new Stubborn(),
  },
  { clause: 'cache: what was deleted is not there', flaw: 'delete nothing', open: () => new Undeleting() },
  { clause: 'cache: a message replaces what is older', flaw: 'keep what they have', open: () => new Deaf() },
  {
    clause: 'cache: a message that is older changes nothing (token-order)',
    flaw: 'take whatever comes last',
    open: () => new Gullible(),
  },
  {
    clause: 'cache: of a scope that was removed nothing is there, and what is older does not come back (removed-token)',
    flaw: 'forget that a scope was removed',
    open: () => new Forgetful(),
  },
  {
    clause: 'cache: a change that is only announced leaves nothing that is older',
    flaw: 'wait for the bytes',
    open: () => new Waiting(),
  },
  {
    clause: 'cache: of a partition that is distrusted nothing is there, whoever brought it (re-read)',
    flaw: 'distrust only what the feed has brought',
    open: () => new TrustingOwn(),
  },
  {
    clause: 'cache: when the feed begins anew nothing of before is there (slot)',
    flaw: 'keep what they had before',
    open: () => new Keeping(),
  },
  {
    clause: 'cache: it belongs to one, and after clear to another, who finds nothing',
    flaw: 'belong to anybody',
    open: () => new Shared(),
  },
  {
    clause: 'reading: what was stored before is read from memory: the store is not asked',
    flaw: 'have nothing',
    open: () => new Empty(),
  },
  {
    clause: 'reading: what others create and commit is read from memory: the store is not asked',
    flaw: 'stop taking what comes',
    open: () => new Impatient(),
  },
  {
    clause: 'reading: a scope that others have ended or removed is not shown alive',
    flaw: 'do not hear of removals',
    open: () => new Immortal(),
  },
  {
    clause: 'feed: repeated, older or out of order among scopes, it ends with what is stored',
    flaw: 'take whatever comes last',
    open: () => new Gullible(),
  },
  {
    clause: 'rolled-back: what the store has lost is not shown any more, though no message names the scope (re-read)',
    flaw: 'trust what they have',
    open: () => new Trusting(),
  },
  {
    clause: 'lost: what was removed in the lost part of the log is not shown alive',
    flaw: 'trust what they have',
    open: () => new Trusting(),
  },
  {
    clause: 'failing: a feed that fails goes on where it was, and nothing is missed',
    flaw: 'stop taking what comes',
    open: () => new Impatient(),
  },
]
