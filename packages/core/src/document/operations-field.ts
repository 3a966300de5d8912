import { isNameValue } from '../draft/check-path.ts'
import { type Operation, type OperationPath, type OperationSegment, noOperations } from '../draft/operation.ts'
import { isMapKey, isReservedKey } from '../value/key.ts'
import { kindOf } from '../value/kind.ts'
import { adopt } from '../value/plain-data.ts'
import { refuse } from './fields.ts'

/** Ops as a field holds them (merge rule 40). */
export function packOperations(operations: readonly Operation[]): readonly unknown[] {
  return operations.map(({ name, path, args }) => [name, path, ...args])
}

/**
 * The field as ops; absent or nil: none. An op says what was meant and nobody needs it to know the state, so one with a
 * name that is not known is let pass, and shown as it is.
 */
export function operationsField(value: unknown): readonly Operation[] {
  if (value === undefined || value === null) return noOperations
  if (!Array.isArray(value)) return refuse('ops', 'a list of ops')
  return Object.freeze(value.map(operationIn))
}

function operationIn(value: unknown): Operation {
  if (!Array.isArray(value)) return refuse('ops', 'a list of lists')
  const [name, path, ...args] = value as readonly unknown[]
  if (typeof name !== 'string') return refuse('the name of an op', 'a text')
  return Object.freeze({ name, path: pathIn(path), args: adopt(args) as readonly unknown[] })
}

function pathIn(value: unknown): OperationPath {
  if (!Array.isArray(value) || value.length === 0) return refuse('the path of an op', 'a list of steps')
  return Object.freeze(value.map(segmentIn))
}

function segmentIn(value: unknown): OperationSegment {
  if (isMapKey(value) && !isReservedKey(value)) return value
  if (kindOf(value) !== 'object') return refuse('a step of the path of an op', 'a key, or an element by a property')
  const entries = Object.entries(value as object)
  const [property, named] = entries[0] ?? []
  if (entries.length !== 1 || isReservedKey(property) || !isNameValue(named)) {
    return refuse('a step of the path of an op', 'an element by one property')
  }
  return Object.freeze(value as OperationSegment & object)
}
