import { application } from './application.ts'
import type { BehaviourText } from './behaviour-text.ts'
import { client } from './client.ts'
import { cluster } from './cluster.ts'
import { events } from './events.ts'
import { identity } from './identity.ts'
import { locks } from './locks.ts'
import { session } from './session.ts'

/** Everything that the persistent scopes of CFML do, by number. */
export const behaviours: readonly BehaviourText[] = [
  ...identity,
  ...session,
  ...cluster,
  ...events,
  ...client,
  ...application,
  ...locks,
]
