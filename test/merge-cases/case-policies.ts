import {
  type AtomicOptions,
  type MergeContest,
  type MergeFunction,
  type MergePolicy,
  append,
  counter,
  firstWriter,
  lastWriter,
  listBy,
  reject,
  set,
} from '@scopes/core'
import { CaseFileError } from './case-file-error.ts'

/** The policies that the texts stand for. What is no policy is left as it is: the definition is to refuse it. */
export function casePolicies(texts: Readonly<Record<string, unknown>>): Record<string, MergePolicy> {
  return Object.fromEntries(
    Object.entries(texts).map(([pattern, text]) => [pattern, (policyOf(text) ?? text) as MergePolicy]),
  )
}

/** @throws CaseFileError when one of the texts stands for no policy. */
export function checkPolicies(texts: Readonly<Record<string, unknown>>): void {
  for (const text of Object.values(texts)) {
    if (policyOf(text) === undefined) throw new CaseFileError(`${JSON.stringify(text)} is no policy`)
  }
}

/** Undefined when the text stands for none. @throws InvalidArgumentError when the policy refuses its arguments. */
function policyOf(text: unknown): MergePolicy | undefined {
  const [, name = '', argument, functionName = ''] =
    (typeof text === 'string' && /^(?:(\w+)\((.*)\)|fn:(\w+))$/s.exec(text)) || []
  if (argument === undefined) return Object.hasOwn(functions, functionName) ? functions[functionName] : undefined
  if (name === 'listBy') return listBy(argument)
  const maker = Object.hasOwn(makers, name) ? makers[name] : undefined
  if (argument !== '' && argument !== 'atomic') return undefined
  return argument === 'atomic' ? maker?.({ atomic: true }) : maker?.()
}

type Maker = (...options: AtomicOptions[]) => MergePolicy

const makers: Readonly<Record<string, Maker>> = {
  // Typed as if they took options: a case may try to give them some.
  counter: counter as Maker,
  set: set as Maker,
  append,
  lastWriter,
  firstWriter,
  reject,
}

const functions: Readonly<Record<string, MergeFunction>> = {
  takeOurs: ({ ours }) => ours,
  takeTheirs: ({ theirs }) => theirs,
  drop: () => undefined,
  join: ({ ours, theirs }) => `${String(theirs)}+${String(ours)}`,
  union: ({ ours, theirs }) => ({ ...(theirs as object), ...(ours as object) }),
  max: ({ base, ours, theirs }: MergeContest) =>
    [base, ours, theirs]
      .filter(value => value !== undefined)
      .reduce((most, value) => (isLess(most, value) ? value : most)),
  boom: () => {
    throw new Error('boom')
  },
  bad: () => () => undefined,
}

function isLess(left: unknown, right: unknown): boolean {
  return (left as number) < (right as number)
}
