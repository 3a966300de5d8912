import type { BehaviourText } from './behaviour-text.ts'

/** The client scope. */
export const client: readonly BehaviourText[] = [
  {
    number: 41,
    tags: ['='],
    text: 'hitcount is 1 in the first request and +1 per touching request; getClientVariablesList omits the six built-ins; deleteClientVariable returns true then false.',
    lucee: 'yes',
    coldfusion: 'yes',
  },
  {
    number: 42,
    tags: ['C'],
    text: 'ColdFusion mode: complex values are refused; clear empties memory but the store keeps the old values until overwritten; globals are not written on read-only requests when "disable global updates" is set.',
    lucee: 'complex values are kept, a clear is stored',
    coldfusion: 'yes',
  },
  {
    number: 43,
    tags: ['C'],
    text: 'Cookie storage: more than 4000 encoded bytes is an error; a value set after the headers were sent is not kept.',
    lucee: 'without an error; removed in 7',
    coldfusion: 'yes, the late value is lost in silence',
  },
  {
    number: 44,
    tags: ['=', '>'],
    text: 'Unvisited for n days means purged; by exactly one node, without configuration.',
    lucee: 'by the store, or once an hour by each node',
    coldfusion: 'by one node that has to be chosen by hand',
  },
]
