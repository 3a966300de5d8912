import { InvalidArgumentError } from '../errors.ts'
import type { Pattern } from './pattern.ts'
import { append } from './append.ts'
import { counter } from './policies/counter.ts'
import { firstWriter } from './policies/first-writer.ts'
import { lastWriter } from './policies/last-writer.ts'
import { listBy } from './policies/list-by.ts'
import { reject } from './policies/reject.ts'
import { set } from './policies/set.ts'

const makers: readonly unknown[] = [append, counter, firstWriter, lastWriter, listBy, reject, set]

/** @throws InvalidArgumentError that names the pattern, when the policy is none or cannot stand at such a pattern. */
export function checkPolicy({ text, isBelow }: Pattern, policy: unknown): void {
  if (typeof policy === 'function') {
    if (makers.includes(policy)) return refuse(text, `is ${policy.name} itself: call it`)
    const kind = Object.prototype.toString.call(policy)
    return kind === '[object Function]' ? undefined : refuse(text, 'must be synchronous: it would give a promise')
  }
  if (isSidePolicy(policy)) {
    return isBelow && policy.isAtomic
      ? refuse(text, 'is atomic, which needs one value: leave the trailing "**" out')
      : undefined
  }
  if (!isTypedPolicy(policy)) {
    return refuse(
      text,
      'is no policy: give counter(), listBy(key), set(), append(), lastWriter(), firstWriter(), reject() or a function',
    )
  }
  if (isBelow) return refuse(text, `is ${policy.type}(), which needs one value: leave the trailing "**" out`)
}

function isSidePolicy(policy: unknown): policy is { readonly isAtomic: boolean } {
  if (typeof policy !== 'object' || policy === null || !('type' in policy) || !('isAtomic' in policy)) return false
  const { type, isAtomic } = policy
  return (type === 'lastWriter' || type === 'firstWriter' || type === 'reject') && typeof isAtomic === 'boolean'
}

function isTypedPolicy(policy: unknown): policy is { readonly type: string } {
  if (typeof policy !== 'object' || policy === null || !('type' in policy)) return false
  const { type } = policy
  if (type === 'listBy') return 'key' in policy && typeof policy.key === 'string'
  return type === 'counter' || type === 'set' || type === 'append'
}

function refuse(text: string, reason: string): never {
  throw new InvalidArgumentError(`The merge policy of "${text}" ${reason}.`)
}
