import { answers } from './clauses/answers.ts'
import { clients } from './clauses/clients.ts'
import { commits } from './clauses/commits.ts'
import { cookies } from './clauses/cookies.ts'
import { failures } from './clauses/failures.ts'
import { lifetimes } from './clauses/lifetimes.ts'
import { logins } from './clauses/logins.ts'
import { renewals } from './clauses/renewals.ts'
import { safety } from './clauses/safety.ts'
import type { Clause } from './clause.ts'

/** Every behaviour that all adapters share, over real sockets. Numbers are the rows of the design's table. */
export const behaviourTable: readonly Clause[] = [
  ...commits,
  ...logins,
  ...failures,
  ...answers,
  ...clients,
  ...cookies,
  ...renewals,
  ...lifetimes,
  ...safety,
]
