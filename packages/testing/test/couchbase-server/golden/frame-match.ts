import type { ExpectedFrame, ValueRule, Wildcard } from './recording.ts'
import { readNumber, type Variables } from './variables.ts'

/** How the frame that came differs from the one recorded; undefined: in nothing that counts. Binds variables. */
export function frameDifference(
  came: Buffer,
  expected: ExpectedFrame,
  variables: Variables,
  nowSeconds: number,
): string | undefined {
  const recorded = Buffer.from(expected.hex, 'hex')
  const wildcards = expected.wildcards ?? []
  if (expected.match === 'shape') {
    return (
      shapeDifference(came, recorded, wildcards) ??
      wildcardDifference(came, recorded, wildcards.filter(isBeforeValue(recorded)), variables, nowSeconds) ??
      (expected.valueRule && valueDifference(valueOf(came), expected.valueRule, variables))
    )
  }
  if (came.length !== recorded.length) {
    return `${came.length} bytes instead of ${recorded.length}: ${preview(came)} instead of ${preview(recorded)}`
  }
  return (
    bytesDifference(came, recorded, wildcards) ?? wildcardDifference(came, recorded, wildcards, variables, nowSeconds)
  )
}

function bytesDifference(came: Buffer, recorded: Buffer, wildcards: readonly Wildcard[]): string | undefined {
  const masked = [came, recorded].map(bytes => {
    const copy = Buffer.from(bytes)
    for (const { at, len } of wildcards) copy.fill(0, at, at + len)
    return copy
  })
  const [left, right] = masked
  if (!left || !right || left.equals(right)) return undefined
  const at = left.findIndex((byte, index) => byte !== right[index])
  return `byte ${at} differs: ${preview(came)} instead of ${preview(recorded)}`
}

/** Header without the length of the body, framing extras, extras and key. */
function shapeDifference(came: Buffer, recorded: Buffer, wildcards: readonly Wildcard[]): string | undefined {
  const [head, wanted] = [came, recorded].map(bytes => {
    const copy = Buffer.from(bytes.subarray(0, valueStart(bytes)))
    copy.fill(0, 8, 12)
    return copy
  })
  if (!head || !wanted) return undefined
  if (head.length !== wanted.length) return `parts before the value differ: ${preview(came)}`
  return bytesDifference(head, wanted, wildcards.filter(isBeforeValue(recorded)))
}

function isBeforeValue(recorded: Buffer): (wildcard: Wildcard) => boolean {
  return ({ at }) => at < valueStart(recorded)
}

function wildcardDifference(
  came: Buffer,
  recorded: Buffer,
  wildcards: readonly Wildcard[],
  variables: Variables,
  nowSeconds: number,
): string | undefined {
  for (const wildcard of wildcards) {
    const problem = fieldProblem(came, recorded, wildcard, variables, nowSeconds)
    if (problem !== undefined) return `${wildcard.field} ${problem}`
  }
  return undefined
}

function fieldProblem(
  came: Buffer,
  recorded: Buffer,
  wildcard: Wildcard,
  variables: Variables,
  nowSeconds: number,
): string | undefined {
  const { at, len, rule, name = '', plus = 0, tol = 0 } = wildcard
  if (rule === 'any') return undefined
  const value = readNumber(came.subarray(at, at + len), wildcard.as ?? (len === 4 ? 'u32' : 'u64'))
  switch (rule) {
    case 'var':
      return variableProblem(value, wildcard, variables)
    case 'time': {
      const off = Number(value) - nowSeconds - plus
      return Math.abs(off) <= tol + 1 ? undefined : `is ${off} s off`
    }
    case 'past':
      return value > 0n && value < BigInt(nowSeconds) ? undefined : `is not in the past: ${value}`
    case 'max':
      return value <= BigInt(wildcard.value ?? 0) ? undefined : `is ${value}, over ${wildcard.value}`
    case 'mask': {
      const mask = BigInt(`0x${wildcard.mask ?? '0'}`)
      const wanted = readNumber(recorded.subarray(at, at + len), len === 4 ? 'u32' : 'u64')
      return (value & mask) === (wanted & mask) ? undefined : `is ${value}, not ${wanted}`
    }
    case 'bind':
      variables.bind(name, value)
      return undefined
    default:
      return rule satisfies never
  }
}

function variableProblem(value: bigint, { name = '', not = [], gt, len }: Wildcard, variables: Variables) {
  const bound = variables.find(name)
  if (bound !== undefined) return bound === value ? undefined : `is ${value}, not ${name} = ${bound}`
  if (value === 0n || value === 2n ** BigInt(len * 8) - 1n) return `has no value: ${value}`
  const same = not.find(other => variables.find(other) === value)
  if (same !== undefined) return `is ${value}, which is ${same}`
  if (gt !== undefined && value <= variables.number(gt)) return `is ${value}, not above ${gt}`
  variables.bind(name, value)
  return undefined
}

function valueDifference(value: Buffer, rule: ValueRule, variables: Variables): string | undefined {
  const text = value.toString('utf8')
  if (rule.bindText !== undefined) variables.bindText(rule.bindText, text)
  switch (rule.rule) {
    case 'any':
      return undefined
    case 'regex':
      return new RegExp(rule.pattern).test(text) ? undefined : `value does not fit ${rule.pattern}: ${text}`
    case 'text':
      return text === variables.text(rule.var) ? undefined : `value is not ${rule.var}: ${text}`
    case 'json':
      return jsonDifference(text, rule.has)
    default:
      return rule satisfies never
  }
}

function jsonDifference(text: string, has: Readonly<Record<string, unknown>>): string | undefined {
  const json: unknown = JSON.parse(text)
  for (const [pointer, wanted] of Object.entries(has)) {
    const found = pointer
      .split('/')
      .slice(1)
      .reduce<unknown>((inner, name) => (inner as Record<string, unknown> | undefined)?.[name], json)
    if (found === undefined) return `${pointer} is missing`
    if (wanted !== '*' && JSON.stringify(found) !== JSON.stringify(wanted)) {
      return `${pointer} is ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`
    }
  }
  return undefined
}

function valueOf(frame: Buffer): Buffer {
  return frame.subarray(valueStart(frame))
}

function valueStart(frame: Buffer): number {
  const magic = frame.readUInt8(0)
  const isAlternative = magic === 0x08 || magic === 0x18
  const lengths = isAlternative ? frame.readUInt8(2) + frame.readUInt8(3) : frame.readUInt16BE(2)
  return 24 + lengths + frame.readUInt8(4)
}

function preview(frame: Buffer): string {
  return frame.length > 300 ? `${frame.toString('hex', 0, 300)}… (${frame.length} bytes)` : frame.toString('hex')
}
