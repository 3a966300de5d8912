import type { WaitReason } from '../stream/stream-state.ts'

/**
 * How long a stream waits before it is asked for again, in milliseconds: 50, doubled with each attempt without an item
 * between, at most 5 s (1 s where another node, or another connection, may have it by then; 30 s where nothing says that it will pass), less up
 * to half by chance.
 * `random`: 0 to 1.
 */
export function streamPauseMs(reason: WaitReason, attempt: number, random: number): number {
  switch (reason) {
    case 'opening':
    case 'disconnected':
    case 'moved':
      return doubled(attempt, 1000, random)
    case 'busy':
    case 'ended':
    case 'broken':
    case 'unknown-collection':
      return doubled(attempt, 5000, random)
    case 'refused':
      return doubled(attempt, 30_000, random)
    default:
      return reason satisfies never
  }
}

/** How long a node is left alone after so many failures in a row, in milliseconds: at most 5 s, less up to half by chance. */
export function connectPauseMs(failures: number, random: number): number {
  return doubled(failures, 5000, random)
}

function doubled(count: number, most: number, random: number): number {
  return Math.min(most, 25 * 2 ** Math.min(count, 16)) * (1 - random / 2)
}
