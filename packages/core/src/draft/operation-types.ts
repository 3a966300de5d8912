import type { OperationPath, OperationSegment } from './operation.ts'

/** A path as an op takes it: one key of the root, or the steps from there. */
export type PathArgument = OperationSegment | OperationPath

/** To be intersected with the path: `never` unless that leads to an `Allowed`. What the compiler does not know it lets pass. */
export type LeadingTo<Allowed, Root, Path> =
  unknown extends Target<Root, Path>
    ? unknown
    : [Target<Root, Path>] extends [never]
      ? never
      : [Target<Root, Path>] extends [Allowed | undefined]
        ? unknown
        : never

/** What may be added to a number of this type. */
export type AmountOf<Value> = unknown extends Value
  ? number | bigint
  : [Value] extends [bigint | undefined]
    ? bigint
    : number

/** What an array or Set of this type holds. */
export type MemberOf<Value> = unknown extends Value
  ? unknown
  : Value extends readonly (infer Element)[] | ReadonlySet<infer Element>
    ? Element
    : never

/** The properties by which elements of an array of this type can be told apart. */
export type PropertyOf<Value> = unknown extends MemberOf<Value> ? string : keyof MemberOf<Value> & string

/** What stands at a path; `unknown` where the path is only known as one. */
export type Target<Root, Path> = Path extends readonly unknown[] ? Descent<Root, Path> : Part<Root, Path>

type Descent<Root, Path extends readonly unknown[]> = number extends Path['length']
  ? unknown
  : Path extends readonly [infer First, ...infer Rest]
    ? Descent<Part<Root, First>, Rest>
    : Root

/** One step down, for each type that the container can have. */
type Part<Container, Segment> = unknown extends Container
  ? unknown
  : Container extends ReadonlyMap<infer Key, infer Value>
    ? Segment extends Key
      ? Value
      : never
    : Container extends readonly (infer Element)[]
      ? Segment extends object
        ? ElementWith<Element, keyof Segment>
        : never
      : Container extends object
        ? Segment extends keyof Container
          ? Container[Segment]
          : never
        : never

type ElementWith<Element, Property> = Element extends object
  ? Property extends keyof Element
    ? Element
    : never
  : never
