import type { BehaviourText } from './behaviour-text.ts'

/** Beginning, end, rotation. */
export const events: readonly BehaviourText[] = [
  {
    number: 34,
    tags: ['='],
    text: 'onSessionStart runs once, before the first user code, and sees an empty scope; if it throws, the next request tries again.',
    lucee: 'yes, on one node',
    coldfusion: 'yes, on one node',
  },
  {
    number: 35,
    tags: ['=', '>'],
    text: 'onSessionEnd(session, app) gets the final data of the ended session after idle timeout, though no request is running; once over the cluster where nothing fails and at least once where something does, and also for stored sessions.',
    lucee: 'no: never for stored sessions',
    coldfusion: 'for sessions in memory',
  },
  {
    number: 36,
    tags: ['=', 'C'],
    text: "Ending sessions does not prolong the application's life; sessions do not end because the application timed out; if the application is not running, its onSessionEnd needs it to be started or is not run.",
    lucee: 'it is started',
    coldfusion: 'it is not run',
  },
  {
    number: 37,
    tags: ['='],
    text: 'sessionRotate(): new id, cookie set once, user keys identical, built-ins new, start time new, client data kept, CSRF tokens kept, old id useless at once on every node.',
    lucee: 'no: data is lost when it was not in memory, and the stored copy of the old id may live on',
    coldfusion: 'from 10 on, on one node',
  },
  {
    number: 38,
    tags: ['=', '>'],
    text: 'sessionInvalidate(): session keys gone, client keys kept under the new id, urltoken changed, start time later, onSessionEnd ran before return; no replacement is created until touched.',
    lucee: 'a replacement is created at once',
    coldfusion: 'the session ends',
  },
  {
    number: 39,
    tags: ['>'],
    text: 'Rotate/invalidate called before session was touched in this request on this node act on the stored session all the same.',
    lucee: 'no: only what is in memory',
    coldfusion: 'not documented',
  },
  {
    number: 40,
    tags: ['='],
    text: 'sessionCommit() makes the data visible to other nodes at once and the request-end write still happens for later changes.',
    lucee: 'from 7 on',
    coldfusion: 'no such function',
  },
]
