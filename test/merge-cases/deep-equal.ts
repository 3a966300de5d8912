/**
 * Whether two values are equal as the worked cases count it: the order of object keys, of Map entries and of Set members
 * does not matter, that of arrays does; NaN is NaN and 0 is -0. Written apart from the library that is tested.
 */
export function deepEqual(left: unknown, right: unknown): boolean {
  if (left === right || (Number.isNaN(left) && Number.isNaN(right))) return true
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false
  if (left instanceof Date || right instanceof Date) {
    return left instanceof Date && right instanceof Date && left.getTime() === right.getTime()
  }
  if (left instanceof Uint8Array || right instanceof Uint8Array) {
    return left instanceof Uint8Array && right instanceof Uint8Array && Buffer.from(left).equals(right)
  }
  if (left instanceof Map || right instanceof Map) {
    return left instanceof Map && right instanceof Map && matchAll([...left], [...right])
  }
  if (left instanceof Set || right instanceof Set) {
    return left instanceof Set && right instanceof Set && matchAll([...left], [...right])
  }
  if (Array.isArray(left) || Array.isArray(right)) {
    return Array.isArray(left) && Array.isArray(right) && matchInOrder(left, right)
  }
  return matchAll(propertiesOf(left), propertiesOf(right))
}

function matchInOrder(left: readonly unknown[], right: readonly unknown[]): boolean {
  return left.length === right.length && left.every((part, index) => deepEqual(part, right[index]))
}

function matchAll(left: readonly unknown[], right: readonly unknown[]): boolean {
  const open = [...right]
  return (
    left.length === right.length &&
    left.every(part => {
      const index = open.findIndex(other => deepEqual(part, other))
      if (index >= 0) open.splice(index, 1)
      return index >= 0
    })
  )
}

function propertiesOf(value: object): [string, unknown][] {
  return Object.entries(value).filter(([, part]) => part !== undefined)
}
