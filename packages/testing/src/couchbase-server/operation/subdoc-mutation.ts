import { bodyOf, LARGEST_VALUE } from '../bucket/document-body.ts'
import { EMPTY, NO_XATTRS, systemXattrs, type DocumentDraft, type StoredDocument } from '../bucket/document.ts'
import { absoluteExpiry } from '../bucket/expiry.ts'
import type { Reserved } from '../bucket/vbucket.ts'
import { mutate, type Draft, type Mutated } from '../subdoc/mutate.ts'
import { decodeMutationSpecs, isXattr, PATH_FLAG, specsProblem, type Spec } from '../subdoc/spec.ts'
import { hex32, hex64 } from '../subdoc/virtual-xattr.ts'
import { crc32c } from '../wire/crc32c.ts'
import { DATATYPE } from '../wire/datatype.ts'
import { OPCODE } from '../wire/opcode.ts'
import { refuse, type Refusal } from '../wire/refusal.ts'
import { STATUS } from '../wire/status.ts'
import { documentOperation, WRITES, type DocumentCall } from './document-operation.ts'
import type { Operation, Outcome } from './operation.ts'
import { datatypeWith, maxTtlOf } from './stored-value.ts'
import { DOCUMENT_FLAG, xattrAccessProblem } from './subdoc-lookup.ts'
import { casRefusal, durabilityRefusal, writtenAnswer } from './write-rules.ts'

/**
 * SUBDOC_MULTI_MUTATION: extras = [expiry u32] [flags u8], value = paths with values. All are done or none. The answer's
 * value = of each path that gives one: index u8, status u16, length u32, value; after a failure index u8, status u16.
 */
export const subdocMultiMutation: Operation = documentOperation({
  name: 'SUBDOC_MULTI_MUTATION',
  shape: { extras: [0, 1, 4, 5], value: 'optional', cas: 'optional' },
  privileges: ['Upsert'],
  frameInfos: WRITES,
  run: call => {
    const { extras, value } = call.request
    const specs = decodeMutationSpecs(value)
    if ('type' in specs) return specs
    const changed = changeDocument(call, specs, {
      expiry: extras.length >= 4 ? extras.readUInt32BE() : 0,
      flags: extras.length % 4 === 1 ? extras.readUInt8(extras.length - 1) : 0,
    })
    return changed.type === 'changed' ? multiAnswer(call, changed) : changed.outcome
  },
})

/** SUBDOC_DICT_UPSERT and the others: extras = length of the path u16, flags u8 [, expiry u32] [, document flags u8]. */
export function subdocMutation(name: string, opcode: number): Operation {
  return documentOperation({
    name,
    shape: { extras: [3, 4, 7, 8], value: 'optional', cas: 'optional' },
    privileges: ['Upsert'],
    frameInfos: WRITES,
    run: call => {
      const { extras, value } = call.request
      const pathLength = extras.readUInt16BE()
      if (pathLength > value.length) return refuse(STATUS.invalid, 'Request path length invalid')
      const spec = {
        opcode,
        flags: extras.readUInt8(2),
        path: value.toString('utf8', 0, pathLength),
        value: value.subarray(pathLength),
      }
      const changed = changeDocument(call, [spec], {
        expiry: extras.length >= 7 ? extras.readUInt32BE(3) : 0,
        flags: extras.length % 4 === 0 ? extras.readUInt8(extras.length - 1) : 0,
      })
      if (changed.type === 'refused') return changed.outcome
      const { mutated, isTombstone } = changed
      if (mutated.type === 'failed') return { status: mutated.status }
      const [result] = mutated.results
      const answer = write(call, mutated.draft, changed)
      const status = isTombstone ? STATUS.successDeleted : STATUS.success
      if (!result) return { ...answer, status }
      return { ...answer, status, datatype: call.session.knowsJson ? 1 : 0, value: Buffer.from(result.value) }
    },
  })
}

interface Wish {
  readonly expiry: number
  readonly flags: number
}

/** The document as it would be, not yet written. */
interface Changed {
  readonly type: 'changed'
  readonly mutated: Mutated
  readonly existing: StoredDocument | undefined
  readonly wish: Wish
  readonly reserved: Reserved
  /** It was deleted before, and stays so. */
  readonly isTombstone: boolean
}

function changeDocument(
  call: DocumentCall,
  specs: readonly Spec[],
  wish: Wish,
): Changed | { readonly type: 'refused'; readonly outcome: Outcome } {
  const refused = (outcome: Outcome) => ({ type: 'refused', outcome }) as const
  const problem = specsProblem(specs, 'mutation') ?? flagsProblem(wish.flags) ?? macroProblem(specs)
  if (problem) return refused(problem)
  const denied = xattrAccessProblem(call, specs, 'SystemXattrWrite')
  if (denied) return refused(denied)

  const existing = findExisting(call, wish.flags)
  const unfit = existing ? existingProblem(call, existing, wish.flags) : missingProblem(wish.flags)
  if (unfit !== undefined) return refused(unfit)
  const impossible = durabilityRefusal(call)
  if (impossible) return refused(impossible)

  const isNewTombstone = !existing && (wish.flags & DOCUMENT_FLAG.createAsDeleted) !== 0
  const isTombstone = isNewTombstone || (existing?.deletion !== undefined && (wish.flags & DOCUMENT_FLAG.revive) === 0)
  const before = draftOf(existing, specs, isTombstone)
  const reserved = call.vbucket.reserve(call.infos.durability)
  let mutated = mutate(before, specs, macro => macro)
  // Macros tell of the body that is written, so they are expanded when it is known.
  if (mutated.type === 'done' && specs.some(expandsMacros)) {
    const macros = macroValues(reserved, mutated.draft.body)
    mutated = mutate(before, specs, macro => macros.get(macro) ?? macro)
  }
  if (isTombstone && mutated.type === 'done' && mutated.draft.body.length > 0) {
    return refused({ status: STATUS.deletedCannotHaveValue })
  }
  return { type: 'changed', mutated, existing, wish, reserved, isTombstone }
}

function multiAnswer(call: DocumentCall, changed: Changed): Outcome {
  const { mutated, isTombstone } = changed
  if (mutated.type === 'failed') {
    // The fault of the engine that concerns a path's name fails the request as a whole.
    if (mutated.status === STATUS.noMemory) return { status: mutated.status }
    const value = Buffer.alloc(3)
    value[0] = mutated.index
    value.writeUInt16BE(mutated.status, 1)
    return { status: changed.existing?.deletion ? STATUS.multiPathFailureDeleted : STATUS.multiPathFailure, value }
  }
  if (mutated.draft.body.length > LARGEST_VALUE) return { status: STATUS.tooBig }
  const results = mutated.results.map(({ index, value }) => {
    const head = Buffer.alloc(7)
    head[0] = index
    head.writeUInt32BE(Buffer.byteLength(value), 3)
    return Buffer.concat([head, Buffer.from(value)])
  })
  const answer = write(call, mutated.draft, changed)
  return {
    ...answer,
    status: isTombstone ? STATUS.successDeleted : STATUS.success,
    value: Buffer.concat(results),
  }
}

function write(call: DocumentCall, draft: Draft, { existing, wish, reserved, isTombstone }: Changed) {
  const { vbucket, session, infos, node, collection, id } = call
  const nowSeconds = node.clock.nowSeconds()
  const isDeleted = draft.isRemoved || isTombstone
  const xattrs = draft.isRemoved ? systemXattrs(draft.xattrs) : draft.xattrs
  const body: Pick<DocumentDraft, 'value' | 'datatype'> = draft.isRemoved
    ? { value: EMPTY, datatype: datatypeWith(DATATYPE.raw, xattrs) }
    : { value: draft.body, datatype: datatypeWith(draft.isJson ? DATATYPE.json : DATATYPE.raw, xattrs) }
  const keepsExpiry = infos.preservesTtl && existing && !existing.deletion
  const written = vbucket.write(
    {
      ...body,
      id,
      collection: collection.id,
      flags: existing?.flags ?? 0,
      expiry: keepsExpiry ? existing.expiry : absoluteExpiry(wish.expiry, nowSeconds, maxTtlOf(call)),
      xattrs,
      deletion: isDeleted ? { type: 'deleted', at: nowSeconds } : undefined,
    },
    infos.durability,
    reserved,
  )
  return writtenAnswer(written, session)
}

function flagsProblem(flags: number): Refusal | undefined {
  const known = Object.values(DOCUMENT_FLAG).reduce<number>((all, flag) => all | flag, 0)
  if ((flags & ~known) !== 0) return refuse(STATUS.invalid, 'Request extras invalid')
  if ((flags & DOCUMENT_FLAG.makeDocument) !== 0 && (flags & DOCUMENT_FLAG.add) !== 0) {
    return refuse(STATUS.invalid, 'Request must not contain both add and mkdoc flags')
  }
  if ((flags & DOCUMENT_FLAG.revive) !== 0 && (flags & DOCUMENT_FLAG.accessDeleted) === 0) {
    return refuse(STATUS.invalid, "ReviveDocument can't be used without AccessDeleted")
  }
  return undefined
}

const MACROS: readonly string[] = ['"${Mutation.CAS}"', '"${Mutation.seqno}"', '"${Mutation.value_crc32c}"']

function macroProblem(specs: readonly Spec[]): Refusal | undefined {
  const isUnknown = specs.some(spec => expandsMacros(spec) && !MACROS.includes(spec.value.toString('utf8')))
  return isUnknown ? refuse(STATUS.xattrUnknownMacro) : undefined
}

function expandsMacros(spec: Spec): boolean {
  return isXattr(spec) && (spec.flags & PATH_FLAG.expandMacros) !== 0
}

/** The CAS is told in the order of bytes in which other systems compare it: the lowest first. */
function macroValues({ cas, seqno }: Reserved, body: Buffer): ReadonlyMap<string, string> {
  const casBytes = Buffer.alloc(8)
  casBytes.writeBigUInt64LE(cas)
  const values = [`0x${casBytes.toString('hex')}`, hex64(seqno), hex32(crc32c(body))]
  return new Map(MACROS.map((macro, index) => [macro, JSON.stringify(values[index])]))
}

function findExisting({ vbucket, id }: DocumentCall, flags: number): StoredDocument | undefined {
  const living = vbucket.find(id)
  if (living || (flags & DOCUMENT_FLAG.accessDeleted) === 0) return living
  return vbucket.peek(id)
}

function existingProblem(call: DocumentCall, existing: StoredDocument, flags: number): Outcome | undefined {
  if ((flags & DOCUMENT_FLAG.add) !== 0 && !existing.deletion) return { status: STATUS.exists }
  if ((flags & DOCUMENT_FLAG.revive) !== 0 && !existing.deletion) return { status: STATUS.canOnlyReviveDeleted }
  return casRefusal(call, existing)
}

function missingProblem(flags: number): Outcome | undefined {
  return (flags & (DOCUMENT_FLAG.makeDocument | DOCUMENT_FLAG.add)) === 0 ? { status: STATUS.notFound } : undefined
}

/** The document before the change; one that is made begins as an empty object, or an array when that is added to. */
function draftOf(existing: StoredDocument | undefined, specs: readonly Spec[], isTombstone: boolean): Draft {
  if (existing && !existing.deletion) {
    const isJson = (existing.datatype & DATATYPE.json) !== 0
    return { body: bodyOf(existing), isJson, xattrs: existing.xattrs, isRemoved: false }
  }
  const xattrs = existing?.xattrs ?? NO_XATTRS
  if (isTombstone) return { body: EMPTY, isJson: false, xattrs, isRemoved: false }
  const isArray = specs.some(({ opcode, path }) => path === '' && ARRAY_OPERATIONS.has(opcode))
  return { body: Buffer.from(isArray ? '[]' : '{}'), isJson: true, xattrs, isRemoved: false }
}

const ARRAY_OPERATIONS: ReadonlySet<number> = new Set([
  OPCODE.subdocArrayPushLast,
  OPCODE.subdocArrayPushFirst,
  OPCODE.subdocArrayAddUnique,
])
