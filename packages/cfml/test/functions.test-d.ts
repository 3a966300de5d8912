import type { Lock } from '@scopes/core'
import { expectTypeOf } from 'vitest'
import { type CfmlRequest, type LockResult, type StructFunctions, duplicate } from '../src/index.ts'

declare const request: CfmlRequest
declare const structs: StructFunctions

// A body that did not run has no value.
const result = request.lock({ name: 'stock' }, () => 3)
expectTypeOf(result).resolves.toEqualTypeOf<LockResult<number>>()
export async function sold(): Promise<number> {
  const taken = await result
  // @ts-expect-error it may have been left out
  expectTypeOf(taken.value).toEqualTypeOf<number>()
  return taken.succeeded ? taken.value : 0
}

// Under bypass there is no lock.
void request.lock({ name: 'stock', bypass: true }, lock => expectTypeOf(lock).toEqualTypeOf<Lock | undefined>())

// @ts-expect-error neither seconds nor a text
void request.lock({ name: 'stock', timeout: true }, () => 1)
// @ts-expect-error no such scope
void request.lock({ scope: 'variables' }, () => 1)

// Copies have the type of what was copied; what is found has any.
const cart = { items: ['tea'], total: 3 }
expectTypeOf(structs.structCopy(cart)).toEqualTypeOf<typeof cart>()
expectTypeOf(duplicate(cart)).toEqualTypeOf<typeof cart>()
expectTypeOf(structs.structFind(cart, 'items')).toEqualTypeOf<unknown>()
expectTypeOf(request.csrfGenerateToken({ key: 'order', forceNew: true })).resolves.toEqualTypeOf<string>()
expectTypeOf(request.csrfVerifyToken('', { key: 'order' })).resolves.toEqualTypeOf<boolean>()
