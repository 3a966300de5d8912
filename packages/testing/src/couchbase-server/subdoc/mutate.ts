import { isJson } from '../wire/datatype.ts'
import { OPCODE } from '../wire/opcode.ts'
import { STATUS } from '../wire/status.ts'
import { edit, type Edit } from './edit.ts'
import { isXattr, PATH_FLAG, WHOLE_DOCUMENT, xattrName, type Spec } from './spec.ts'

/** A document while it is being changed. */
export interface Draft {
  readonly body: Buffer
  readonly isJson: boolean
  readonly xattrs: ReadonlyMap<string, string>
  /** The request removes it. */
  readonly isRemoved: boolean
}

/** The changed document with what the paths answer, or the first path that failed. */
export type Mutated =
  | {
      readonly type: 'done'
      readonly draft: Draft
      readonly results: readonly { readonly index: number; readonly value: string }[]
    }
  | { readonly type: 'failed'; readonly index: number; readonly status: number }

/** Applies the changes in order, all or none; `expand` gives what a macro stands for. */
export function mutate(draft: Draft, specs: readonly Spec[], expand: (macro: string) => string): Mutated {
  let present = draft
  const results: { index: number; value: string }[] = []
  for (const [index, spec] of specs.entries()) {
    const step = isXattr(spec) ? changeXattr(present, spec, expand) : changeBody(present, spec)
    if (typeof step === 'number') return { type: 'failed', index, status: step }
    present = step.draft
    if (step.result !== undefined) results.push({ index, value: step.result })
  }
  return { type: 'done', draft: present, results }
}

type Step = { readonly draft: Draft; readonly result?: string | undefined } | number

function changeBody(draft: Draft, spec: Spec): Step {
  switch (spec.opcode) {
    case WHOLE_DOCUMENT.set:
      return { draft: { ...draft, body: Buffer.from(spec.value), isJson: isJson(spec.value) } }
    case WHOLE_DOCUMENT.remove:
      return { draft: { ...draft, isRemoved: true } }
    default: {
      if (!draft.isJson) return STATUS.documentNotJson
      const edited = edit(draft.body.toString('utf8'), editOf(spec, spec.value.toString('utf8')))
      if (typeof edited === 'number') return edited
      return { draft: { ...draft, body: Buffer.from(edited.text) }, result: edited.result }
    }
  }
}

/** An attribute is changed as a member of an object that holds it alone. */
function changeXattr(draft: Draft, spec: Spec, expand: (macro: string) => string): Step {
  const name = xattrName(spec.path)
  // A fault of the real engine, kept: it cannot remove what has a name of one character.
  if (spec.opcode === OPCODE.subdocDelete && spec.path === name && name.length === 1) return STATUS.noMemory
  const json = draft.xattrs.get(name)
  const value = spec.value.toString('utf8')
  const text = json === undefined ? '{}' : `{${JSON.stringify(name)}:${json}}`
  const expands = (spec.flags & PATH_FLAG.expandMacros) !== 0
  const edited = edit(text, editOf(spec, expands ? expand(value) : value))
  if (typeof edited === 'number') return edited
  const xattrs = new Map(draft.xattrs)
  const [member] = edited.text === '{}' ? [] : [edited.text.slice(JSON.stringify(name).length + 2, -1)]
  if (member === undefined) xattrs.delete(name)
  else xattrs.set(name, member)
  return { draft: { ...draft, xattrs }, result: edited.result }
}

function editOf({ opcode, path, flags }: Spec, value: string): Edit {
  return { opcode, path, value, makesPath: (flags & PATH_FLAG.makePath) !== 0 }
}
