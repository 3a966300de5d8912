import type { StoredDocument } from '../bucket/document.ts'
import type { Vbucket } from '../bucket/vbucket.ts'
import { DATATYPE } from '../wire/datatype.ts'
import { OPCODE } from '../wire/opcode.ts'
import { STATUS } from '../wire/status.ts'
import { containerKind, entriesOf } from './json-text.ts'
import { locate } from './locate.ts'
import { parsePath } from './path.ts'
import { isVirtual, isXattr, WHOLE_DOCUMENT, xattrName, type Spec } from './spec.ts'
import { virtualXattr } from './virtual-xattr.ts'

/** What one path of a lookup gives. */
export interface Found {
  readonly status: number
  readonly value: Buffer
}

/** Looks one path up; `body` is the document's, inflated. */
export function lookUp(spec: Spec, document: StoredDocument, body: Buffer, vbucket: Vbucket): Found {
  if (spec.opcode === WHOLE_DOCUMENT.get) {
    return document.deletion ? failed(STATUS.pathNotFound) : { status: STATUS.success, value: body }
  }
  if (!isXattr(spec)) {
    return (document.datatype & DATATYPE.json) === 0
      ? failed(document.deletion ? STATUS.pathNotFound : STATUS.documentNotJson)
      : lookInto(body.toString('utf8'), spec)
  }
  const name = xattrName(spec.path)
  const json = isVirtual(name) ? virtualXattr(name, document, body, vbucket) : document.xattrs.get(name)
  if (json === undefined) return failed(isVirtual(name) ? STATUS.xattrUnknownVirtual : STATUS.pathNotFound)
  return lookInto(`{${JSON.stringify(name)}:${json}}`, spec)
}

function lookInto(text: string, { opcode, path }: Spec): Found {
  const components = parsePath(path)
  if (typeof components === 'number') return failed(components)
  const location = locate(text, components)
  if (location.type === 'mismatch') return failed(STATUS.pathMismatch)
  if (location.type === 'missing') return failed(STATUS.pathNotFound)
  const { value } = location
  switch (opcode) {
    case OPCODE.subdocExists:
      return { status: STATUS.success, value: NOTHING }
    case OPCODE.subdocGetCount:
      return containerKind(text, value) === undefined
        ? failed(STATUS.pathMismatch)
        : { status: STATUS.success, value: Buffer.from(String(entriesOf(text, value).length)) }
    default:
      return { status: STATUS.success, value: Buffer.from(text.slice(value.start, value.end)) }
  }
}

const NOTHING: Buffer = Buffer.alloc(0)

function failed(status: number): Found {
  return { status, value: NOTHING }
}
