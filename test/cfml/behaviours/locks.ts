import type { BehaviourText } from './behaviour-text.ts'

/** Locks. */
export const locks: readonly BehaviourText[] = [
  {
    number: 51,
    tags: ['='],
    text: 'exclusive: second caller waits; order of grant = order of arrival; readonly callers overlap; readonly waits for exclusive and the reverse.',
    lucee: 'yes, on one node',
    coldfusion: 'yes, on one node',
  },
  {
    number: 52,
    tags: ['='],
    text: 'timeout passes: throwOnTimeout=true leads to a lock error naming kind, name and time; false: body skipped, code after it runs, result says succeeded=false.',
    lucee: 'yes',
    coldfusion: 'yes, without a result',
  },
  {
    number: 53,
    tags: ['='],
    text: 'name+scope together, or empty name is an error; lock "A" and "a" are one lock; locks of session X and Y are independent; the same name in two applications is one lock.',
    lucee: 'yes; the lock of a rebuilt session is another one',
    coldfusion: 'yes',
  },
  {
    number: 54,
    tags: ['=', '>'],
    text: 'Nested same exclusive lock by one owner succeeds; readonly to exclusive by one owner fails at once with the upgrade hint; exclusive to readonly succeeds.',
    lucee: 'the upgrade fails at its timeout',
    coldfusion: 'the upgrade fails at its timeout',
  },
  {
    number: 55,
    tags: ['='],
    text: 'Body throws or request is aborted: the lock is free.',
    lucee: 'yes',
    coldfusion: 'yes',
  },
  {
    number: 56,
    tags: ['='],
    text: "timeout 0: wait up to the request's remaining time, and up to a configured maximum if there is none.",
    lucee: 'yes, for ever if there is none',
    coldfusion: 'yes, for ever if there is none',
  },
  {
    number: 57,
    tags: ['>'],
    text: "Two nodes: scope and named locks exclude each other; holder dies: lock free after its lease; a holder that outlived its lease cannot free or write over the next holder's (fencing); body longer than 30 s keeps the lock (renewal); opposite nesting order is reported.",
    lucee: 'no; the lock of the Redis extension has no renewal and no owner',
    coldfusion: 'no',
  },
  {
    number: 58,
    tags: ['='],
    text: 'amount=n lets exactly n bodies run at once (20 callers, 4 slots: maximum seen 4); bypass=true runs the body without lock.',
    lucee: 'with the Redis extension',
    coldfusion: 'no',
  },
]
