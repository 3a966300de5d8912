import type { BehaviourText } from './behaviour-text.ts'

/** The application and the server scope. */
export const application: readonly BehaviourText[] = [
  {
    number: 45,
    tags: ['='],
    text: 'First requests in parallel: onApplicationStart once, all others wait for it; false or an exception means the application is not started and the next request tries again.',
    lucee: 'yes, on one node',
    coldfusion: 'yes, on one node',
  },
  {
    number: 46,
    tags: ['=', '>'],
    text: 'Idle > timeout leads to onApplicationEnd(app) and a new start at the next request; never while a request of that application is running.',
    lucee: 'the scope is emptied under a running request',
    coldfusion: 'not documented',
  },
  {
    number: 47,
    tags: ['='],
    text: 'structClear(application) removes applicationname too; it is back next request.',
    lucee: 'yes',
    coldfusion: 'everything goes',
  },
  {
    number: 48,
    tags: ['=', 'C'],
    text: 'Writing a reserved server key throws; structClear(server) keeps reserved structs; under compat for ColdFusion it keeps user names with empty values.',
    lucee: 'throws; a clear would take the reserved ones too',
    coldfusion: 'names stay, values go, os and coldfusion are untouched',
  },
  {
    number: 49,
    tags: ['=', '>'],
    text: 'Server values are seen by all applications and never time out; in cluster mode by all nodes, and survive restart.',
    lucee: 'on one node, until it stops',
    coldfusion: 'on one node, until it stops',
  },
  {
    number: 50,
    tags: ['>'],
    text: 'Application values set on A are seen on B in cluster mode; a change is announced, not polled.',
    lucee: 'no: memory of one node',
    coldfusion: 'no: memory of one node',
  },
]
