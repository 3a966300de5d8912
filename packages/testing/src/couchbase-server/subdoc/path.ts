import { STATUS } from '../wire/status.ts'

/** One step into a JSON document. */
export type Component =
  | { readonly type: 'member'; readonly name: string }
  /** -1 is the last. */
  | { readonly type: 'element'; readonly index: number }

/** Reads a path such as ``a.b[0].`c.d`[-1]``; a status says what is wrong with it. */
export function parsePath(path: string): readonly Component[] | PathProblem {
  const components: Component[] = []
  let rest = path
  while (rest.length > 0) {
    const step = (components.length > 0 ? NEXT : FIRST).exec(rest)
    if (!step) return STATUS.pathInvalid
    const [whole, index, quoted, plain] = step
    if (index !== undefined) components.push({ type: 'element', index: Number(index) })
    else components.push({ type: 'member', name: quoted?.replaceAll('``', '`') ?? plain ?? '' })
    rest = rest.slice(whole.length)
  }
  return components.length > DEEPEST ? STATUS.pathTooBig : components
}

export type PathProblem = typeof STATUS.pathInvalid | typeof STATUS.pathTooBig

/** Names are quoted by backticks, or hold none of the characters that mean something. */
const FIRST = /^(?:\[(-1|\d+)\]|`((?:[^`]|``)+)`|([^.[\]`]+))/
const NEXT = /^(?:\[(-1|\d+)\]|\.`((?:[^`]|``)+)`|\.([^.[\]`]+))/

const DEEPEST = 32
