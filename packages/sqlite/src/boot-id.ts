import { readFileSync } from 'node:fs'
import { uptime } from 'node:os'

/** How far two readings of one boot time may be apart where the system has no boot id. */
const toleranceSeconds = 5

/** Names the running boot of this machine: the kernel's boot id, or where there is none the time of the boot. */
export function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return `boot-time:${Math.round(Date.now() / 1000 - uptime())}`
  }
}

/** Whether two boot ids name the same boot. A clock that was set in between makes them different, which is harmless. */
export function isSameBoot(left: string, right: string): boolean {
  if (left === right) return true
  const [leftTime, rightTime] = [timeOf(left), timeOf(right)]
  if (leftTime === undefined || rightTime === undefined) return false
  return Math.abs(leftTime - rightTime) <= toleranceSeconds
}

function timeOf(bootId: string): number | undefined {
  const [, seconds] = /^boot-time:(\d+)$/.exec(bootId) ?? []
  return seconds === undefined ? undefined : Number(seconds)
}
