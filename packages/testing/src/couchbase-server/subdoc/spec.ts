import { OPCODE } from '../wire/opcode.ts'
import { refuse, type Refusal } from '../wire/refusal.ts'
import { STATUS } from '../wire/status.ts'

/** One path of a request, with what is asked for or done there. */
export interface Spec {
  readonly opcode: number
  readonly flags: number
  readonly path: string
  /** Empty in a lookup. */
  readonly value: Buffer
}

/** Flags of a path. */
export const PATH_FLAG = { makePath: 0x01, xattr: 0x04, expandMacros: 0x10 } as const

/** Opcodes of whole documents, which have no path. */
export const WHOLE_DOCUMENT = { get: 0x00, set: 0x01, remove: 0x04 } as const

/** Lookup: one after the other `opcode u8, flags u8, length of the path u16, path`. */
export function decodeLookupSpecs(bytes: Buffer): readonly Spec[] | Refusal {
  const specs: Spec[] = []
  for (let at = 0; at < bytes.length;) {
    if (at + 4 > bytes.length) return refuse(STATUS.invalid, 'Multi lookup spec too short')
    const pathEnd = at + 4 + bytes.readUInt16BE(at + 2)
    if (pathEnd > bytes.length) return refuse(STATUS.invalid, 'Multi lookup spec too short')
    specs.push({
      opcode: bytes.readUInt8(at),
      flags: bytes.readUInt8(at + 1),
      path: bytes.toString('utf8', at + 4, pathEnd),
      value: NO_VALUE,
    })
    at = pathEnd
  }
  return specs
}

/** Mutation: `opcode u8, flags u8, length of the path u16, length of the value u32, path, value`. */
export function decodeMutationSpecs(bytes: Buffer): readonly Spec[] | Refusal {
  const specs: Spec[] = []
  for (let at = 0; at < bytes.length;) {
    if (at + 8 > bytes.length) return refuse(STATUS.invalid, 'Multi mutation spec too short')
    const pathEnd = at + 8 + bytes.readUInt16BE(at + 2)
    const end = pathEnd + bytes.readUInt32BE(at + 4)
    if (end > bytes.length) return refuse(STATUS.invalid, 'Multi mutation spec too short')
    specs.push({
      opcode: bytes.readUInt8(at),
      flags: bytes.readUInt8(at + 1),
      path: bytes.toString('utf8', at + 8, pathEnd),
      value: bytes.subarray(pathEnd, end),
    })
    at = end
  }
  return specs
}

const NO_VALUE: Buffer = Buffer.alloc(0)

/** What is wrong with the specs of a request as a whole, before any document is looked at. */
export function specsProblem(specs: readonly Spec[], kind: 'lookup' | 'mutation'): Refusal | undefined {
  if (specs.length === 0) return refuse(STATUS.invalidCombination, 'Request must contain at least one path')
  if (specs.length > 16) return refuse(STATUS.invalidCombination, 'Request must contain at most 16 paths')
  for (const spec of specs) {
    const problem = specProblem(spec, kind)
    if (problem) return problem
  }
  const firstBody = specs.findIndex(spec => !isXattr(spec))
  if (firstBody >= 0 && specs.slice(firstBody).some(isXattr)) return refuse(STATUS.xattrInvalidOrder)
  const xattrs = specs.filter(isXattr).map(({ path }) => xattrName(path))
  if (kind === 'mutation' && xattrs.some(isVirtual)) return refuse(STATUS.xattrCannotModifyVirtual)
  if (new Set(xattrs.filter(name => !isVirtual(name))).size > 1) return refuse(STATUS.xattrInvalidKeys)
  return undefined
}

function specProblem({ opcode, flags, path }: Spec, kind: 'lookup' | 'mutation'): Refusal | undefined {
  const operations = kind === 'lookup' ? LOOKUPS : MUTATIONS
  if (!operations.has(opcode)) return refuse(STATUS.invalidCombination)
  if ((flags & ~(PATH_FLAG.makePath | PATH_FLAG.xattr | PATH_FLAG.expandMacros)) !== 0) {
    return refuse(STATUS.invalid, 'Request flags invalid')
  }
  if ((flags & PATH_FLAG.expandMacros) !== 0 && (flags & PATH_FLAG.xattr) === 0) {
    return refuse(STATUS.xattrInvalidFlags, 'EXPAND_MACROS flag requires XATTR flag to be set')
  }
  const length = Buffer.byteLength(path)
  if (length > 1024) return refuse(STATUS.invalid, 'Request path length exceeds maximum')
  const isWholeDocument = opcode <= WHOLE_DOCUMENT.remove
  if (isWholeDocument && length > 0) return refuse(STATUS.invalid, 'Request must not include path')
  const needsPath = !isWholeDocument && ((flags & PATH_FLAG.xattr) !== 0 || !MAY_LACK_PATH.has(opcode))
  return needsPath && length === 0 ? refuse(STATUS.invalid, 'Request must include path') : undefined
}

const LOOKUPS: ReadonlySet<number> = new Set([
  WHOLE_DOCUMENT.get,
  OPCODE.subdocGet,
  OPCODE.subdocExists,
  OPCODE.subdocGetCount,
])

const MUTATIONS: ReadonlySet<number> = new Set([
  WHOLE_DOCUMENT.set,
  WHOLE_DOCUMENT.remove,
  OPCODE.subdocDictAdd,
  OPCODE.subdocDictUpsert,
  OPCODE.subdocDelete,
  OPCODE.subdocReplace,
  OPCODE.subdocArrayPushLast,
  OPCODE.subdocArrayPushFirst,
  OPCODE.subdocArrayInsert,
  OPCODE.subdocArrayAddUnique,
  OPCODE.subdocCounter,
])

/** What can be done to the document's own root. */
const MAY_LACK_PATH: ReadonlySet<number> = new Set([
  OPCODE.subdocArrayPushLast,
  OPCODE.subdocArrayPushFirst,
  OPCODE.subdocArrayAddUnique,
  OPCODE.subdocGetCount,
])

export function isXattr({ flags }: Spec): boolean {
  return (flags & PATH_FLAG.xattr) !== 0
}

/** The attribute that a path is about. */
export function xattrName(path: string): string {
  return /^[^.[]*/.exec(path)?.[0] ?? ''
}

/** Attributes that the server makes up when they are asked for. */
export function isVirtual(name: string): boolean {
  return name.startsWith('$')
}
