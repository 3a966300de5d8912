import { refuse, type Refusal } from '../wire/refusal.ts'
import { STATUS } from '../wire/status.ts'

/** Bits of the flags of OPEN. */
export const OPEN_FLAG = {
  /** The server produces. */
  producer: 0x01,
  includeXattrs: 0x04,
  /** Documents come without their body, and do not tell what it is. */
  noValue: 0x08,
  /** Deletions tell when they happened. */
  deleteTimes: 0x20,
  /** Documents come without their body, but tell what it is. */
  noValueWithDatatype: 0x40,
  /** Accepted, and of no effect. */
  pointInTime: 0x80,
  /** Deletions keep the attributes of users. */
  deletedUserXattrs: 0x100,
} as const

const KNOWN = Object.values(OPEN_FLAG).reduce((all, flag) => all | flag, 0)

/** What is wrong with the flags of OPEN, if anything. */
export function openFlagsProblem(flags: number): Refusal | undefined {
  if ((flags & ~KNOWN) !== 0) return refuse(STATUS.invalid, 'Request contains invalid flags')
  const has = (flag: number): boolean => (flags & flag) !== 0
  if (has(OPEN_FLAG.noValue) && has(OPEN_FLAG.noValueWithDatatype)) {
    return refuse(
      STATUS.invalid,
      'Request contains invalid flags combination (NO_VALUE && NO_VALUE_WITH_UNDERLYING_DATATYPE)',
    )
  }
  if (has(OPEN_FLAG.deletedUserXattrs) && !has(OPEN_FLAG.includeXattrs)) {
    return refuse(
      STATUS.invalid,
      'Request contains invalid flags combination - IncludeDeletedUserXattrs but not IncludeXattrs',
    )
  }
  return undefined
}
