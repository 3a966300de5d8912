import { AssertionError } from 'node:assert/strict'

/** What `promise` resolves to; rejects with an `AssertionError` that says `what` was awaited after `ms` of silence. */
export async function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new AssertionError({ message: `nothing for ${ms} ms: ${what}` })), ms)
  })
  try {
    return await Promise.race([promise, silence])
  } finally {
    clearTimeout(timer)
  }
}
