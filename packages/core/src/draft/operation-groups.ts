import type { PathSegment } from '../value/path.ts'
import { type Operation, type OperationPath, isElementName, namedBy } from './operation.ts'

/** Ops of one draft that may have touched the same place. */
export interface OperationGroup {
  /** Everything that they changed is here or below. */
  readonly path: OperationPath
  /** In the order of the calls. */
  readonly operations: readonly Operation[]
}

/**
 * The ops by overlapping path (merge rule 35). Elements of an array that are named by different properties may be the same
 * one, so they overlap; and so does an op that changes the very property with which it names its element.
 */
export function groupOperations(operations: readonly Operation[]): readonly OperationGroup[] {
  const root = emptyNode([])
  for (const [index, operation] of operations.entries()) place(root, operation, index)
  const groups: OperationGroup[] = []
  collectGroups(root, groups)
  return groups
}

interface Node {
  readonly path: OperationPath
  readonly below: Map<PathSegment, Node>
  /** The elements below that are named by `property`. */
  readonly elements: Map<unknown, Node>
  property: string | undefined
  /** Ops of this very place, with their places in the order. */
  readonly operations: [index: number, operation: Operation][]
  /** What is below belongs together. */
  isWhole: boolean
}

function emptyNode(path: OperationPath): Node {
  return { path, below: new Map(), elements: new Map(), property: undefined, operations: [], isWhole: false }
}

function place(root: Node, operation: Operation, index: number): void {
  const { path } = operation
  let node = root
  for (const [depth, segment] of path.entries()) {
    const next = path.slice(0, depth + 1)
    if (!isElementName(segment)) {
      node = nodeAt(node.below, segment, next)
      continue
    }
    const [property, value] = namedBy(segment)
    if ((node.property ??= property) !== property || path[depth + 1] === property) node.isWhole = true
    node = nodeAt(node.elements, value, next)
  }
  node.isWhole = true
  node.operations.push([index, operation])
}

function nodeAt<K>(nodes: Map<K, Node>, key: K, path: OperationPath): Node {
  let node = nodes.get(key)
  if (node === undefined) nodes.set(key, (node = emptyNode(path)))
  return node
}

function collectGroups(node: Node, groups: OperationGroup[]): void {
  if (node.isWhole) {
    const operations = operationsIn(node).toSorted(([one], [other]) => one - other)
    groups.push({ path: node.path, operations: operations.map(([, operation]) => operation) })
    return
  }
  for (const child of [...node.below.values(), ...node.elements.values()]) collectGroups(child, groups)
}

function operationsIn({ operations, below, elements }: Node): [index: number, operation: Operation][] {
  return [...operations, ...[...below.values(), ...elements.values()].flatMap(operationsIn)]
}
