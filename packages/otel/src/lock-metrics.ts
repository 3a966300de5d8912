import type { LockMessage } from '@scopes/core'
import type { Instruments } from './instruments.ts'
import { lockFacts } from './operation-facts.ts'

/** What is measured of locks. */
export function recordLock(instruments: Instruments): (message: LockMessage) => void {
  return message => {
    const { attributes } = lockFacts(message.lock, message.lockType)
    switch (message.type) {
      case 'granted':
      case 'timed-out':
      case 'given-up':
        return instruments.record('scopes.lock.wait', message.waitedMs / 1000, {
          ...attributes,
          'scopes.lock.outcome': message.type,
        })
      case 'released':
        return instruments.record('scopes.lock.held', message.heldMs / 1000, attributes)
      case 'lost':
        return instruments.record('scopes.lock.lost', 1, attributes)
      case 'deadlock-suspected':
        return instruments.record('scopes.lock.deadlock', 1, attributes)
      // Its end tells how long.
      case 'waiting':
        return
      default:
        message satisfies never
    }
  }
}
