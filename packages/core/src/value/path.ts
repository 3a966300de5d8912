/** One step of a path: a property name, an array index, or the key of a Map entry. */
export type PathSegment = string | number | bigint | boolean | null

/** Where a value stands in a state, from the root. A key that contains a dot is one segment. */
export type Path = readonly PathSegment[]

/** The path as messages write it: `/cart/0/qty`; the root is `/`. */
export function formatPath(path: Path): string {
  return '/' + path.map(String).join('/')
}
