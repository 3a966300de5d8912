import type { BehaviourText } from './behaviour-text.ts'

/** A session on one node. */
export const session: readonly BehaviourText[] = [
  {
    number: 7,
    tags: ['='],
    text: 'Given a new session, then it has exactly cfid, cftoken, urltoken, sessionid, timecreated, lastvisit before user keys.',
    lucee: 'yes',
    coldfusion: 'cfid, cftoken, urltoken, sessionid',
  },
  {
    number: 8,
    tags: ['='],
    text: 'Given visits at t1 < t2, during the request at t2 lastvisit equals t1; after its end it equals t2; in the first request lastvisit = timecreated.',
    lucee: 'yes',
    coldfusion: 'no lastvisit in a session',
  },
  {
    number: 9,
    tags: ['='],
    text: 'Given user code deletes or overwrites a built-in key, then that holds for the rest of the request and the built-in is back at the next request.',
    lucee: 'yes',
    coldfusion: 'allowed, and advised against',
  },
  {
    number: 10,
    tags: ['='],
    text: 'Given timeout T, when the session is touched every T-1, then it never expires; when idle for more than T it is gone at next access even if no cleaner ran.',
    lucee: 'no: an entry that is only read expires in the store',
    coldfusion: 'yes',
  },
  {
    number: 11,
    tags: ['=', 'C'],
    text: 'Given a request that does not touch session, then lastvisit and TTL are unchanged; under compat for ColdFusion every request counts.',
    lucee: 'yes',
    coldfusion: 'no: every request counts',
  },
  {
    number: 12,
    tags: ['='],
    text: 'Given sessionTimeout changed between requests, then the new value applies from the next touch.',
    lucee: 'yes',
    coldfusion: 'yes',
  },
  {
    number: 13,
    tags: ['='],
    text: 'Given structClear(session), then in that request no key is left, the id stays valid, and the next request shows only built-ins; the clear is persisted.',
    lucee: 'yes',
    coldfusion: 'built-ins go too',
  },
  {
    number: 14,
    tags: ['='],
    text: 'Given reading a missing or removed key, then an error listing existing keys is thrown (not returned): by structFind, and under compat by every reading.',
    lucee: 'no: a removed key of a stored scope returns the error as its value',
    coldfusion: 'yes',
  },
  {
    number: 15,
    tags: ['='],
    text: 'Given a session that expires while a request is using it, then the request keeps a working scope to its end; what it has changed is refused, not lost in silence.',
    lucee: 'it keeps a working scope',
    coldfusion: 'it keeps a working scope',
  },
  {
    number: 16,
    tags: ['='],
    text: 'Given only built-in keys (empty scope), then nothing is stored; given it became empty, then it stays, empty, until its time is over.',
    lucee: 'from 7 on; what became empty is removed',
    coldfusion: 'no',
  },
  {
    number: 17,
    tags: ['='],
    text: 'Given sessionExists() on a fresh client, then false and nothing is created.',
    lucee: 'from 6.2.1 on',
    coldfusion: 'no such function',
  },
]
