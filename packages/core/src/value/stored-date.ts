import { InvalidStateError } from '../errors.ts'

/** Somebody tried to change a Date of a state in place. `record` finds out where it stands. */
export class ImmutableDateError extends InvalidStateError {
  readonly date: Date

  constructor(date: Date) {
    super('A Date of a state cannot be changed in place: assign a new Date.', { path: [] })
    this.name = 'InvalidStateError'
    this.date = date
  }
}

const setters = Object.getOwnPropertyNames(Date.prototype).filter(name => name.startsWith('set'))
const refusal: PropertyDescriptor = { value: refuse }

/**
 * The same Date, whose setters throw from now on. Freezing does not do that: the time is not a property. Own hidden
 * properties do, and leave the prototype what it is, so that any comparison takes it for an ordinary Date.
 */
export function protectDate(date: Date): Date {
  for (const name of setters) Object.defineProperty(date, name, refusal)
  return Object.freeze(date)
}

/** Whether the Date is one that `protectDate` made. */
export function isProtectedDate(date: Date): boolean {
  return Object.getOwnPropertyDescriptor(date, 'setTime')?.value === refuse
}

function refuse(this: Date): never {
  throw new ImmutableDateError(this)
}
