import type { BehaviourText } from './behaviour-text.ts'

/** Who a visitor is. */
export const identity: readonly BehaviourText[] = [
  {
    number: 1,
    tags: ['='],
    text: 'Given no id cookie, when a request touches session, then it has a fresh random id (UUID form), sent when something is stored, with the cookie attributes HttpOnly, SameSite=Lax, Path=/; when the request never touches session or client, then no cookie is forced by the scope and nothing is stored.',
    lucee: 'yes; up to 6 the empty session is stored',
    coldfusion: 'ids are sent to everybody; eight digits unless a UUID is asked for',
  },
  {
    number: 2,
    tags: ['='],
    text: 'Given a cookie id that is not of the id form, then it is discarded and a new id issued; given two cfid cookies of which one is valid, the valid one is used and the bad one expired.',
    lucee: 'yes',
    coldfusion: 'not documented',
  },
  {
    number: 3,
    tags: ['='],
    text: 'Given an id in the URL, then it is accepted only if that session is already live, and never if URL ids are disabled; it beats the cookie when accepted.',
    lucee: 'yes; only what is live in the memory of this node, and on by default',
    coldfusion: 'accepted',
  },
  {
    number: 4,
    tags: ['>'],
    text: 'Given a well-formed but unknown id, then it is replaced by a new id (no fixation), switchable off.',
    lucee: 'from 7 on',
    coldfusion: 'not documented',
  },
  {
    number: 5,
    tags: ['>', 'C'],
    text: 'Given an expired session, when its id comes back, then the new session has a new id; under compat for Lucee it keeps the id.',
    lucee: 'no: the same id',
    coldfusion: 'no: the same id',
  },
  {
    number: 6,
    tags: ['='],
    text: 'Given application names or keys differing only in case, then they address the same data.',
    lucee: 'yes',
    coldfusion: 'yes',
  },
]
