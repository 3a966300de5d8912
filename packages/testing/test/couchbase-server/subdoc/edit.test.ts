import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { edit } from '../../../src/couchbase-server/subdoc/edit.ts'
import { OPCODE } from '../../../src/couchbase-server/wire/opcode.ts'
import { STATUS } from '../../../src/couchbase-server/wire/status.ts'
import { propertyRuns } from '../../property-runs.ts'

const change = (opcode: number, path: string, value = '', makesPath = false) => ({ opcode, path, value, makesPath })

/** Names that a path can hold as they are. */
const names = fc.string({
  unit: fc.constantFrom('a', 'b', 'ä', '"', '\\', ' ', '0', '{', ','),
  minLength: 1,
  maxLength: 3,
})
const { json } = fc.letrec<{ json: unknown }>(tie => ({
  json: fc.oneof(
    { depthSize: 'small' },
    fc.string({ unit: fc.constantFrom('"', '\\', 'x', ']', '}', ',', ':') }),
    fc.integer(),
    fc.constantFrom(null, true, false),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(names, tie('json'), { maxKeys: 4, noNullPrototype: true }),
  ),
}))
const objects = fc.dictionary(names, json, { maxKeys: 5, noNullPrototype: true })
const spaced = fc.constantFrom(undefined, 1, '\t')

describe('changing a part of a JSON text', () => {
  it('an upserted member is what a parser then sees, and nothing else has changed', () => {
    fc.assert(
      fc.property(objects, names, json, spaced, (object, name, value, space) => {
        const edited = edit(
          JSON.stringify(object, undefined, space),
          change(OPCODE.subdocDictUpsert, name, JSON.stringify(value)),
        )
        expect(edited).toHaveProperty('text')
        if (typeof edited === 'number') return
        expect(JSON.parse(edited.text)).toEqual({ ...object, [name]: value })
        expect(Object.keys(JSON.parse(edited.text))).toEqual(Object.keys({ ...object, [name]: value }))
      }),
      propertyRuns,
    )
  })

  it('a removed member is gone, and nothing else has changed', () => {
    fc.assert(
      fc.property(objects, names, spaced, (object, name, space) => {
        const edited = edit(JSON.stringify(object, undefined, space), change(OPCODE.subdocDelete, name))
        const { [name]: removed, ...rest } = object
        if (removed === undefined) expect(edited).toBe(STATUS.pathNotFound)
        else expect(typeof edited === 'number' ? edited : JSON.parse(edited.text)).toEqual(rest)
      }),
      propertyRuns,
    )
  })

  it('an element is removed, replaced and inserted as splice does it', () => {
    fc.assert(
      fc.property(fc.array(json, { maxLength: 6 }), fc.nat({ max: 6 }), json, spaced, (list, index, value, space) => {
        const text = JSON.stringify({ list }, undefined, space)
        const at = `list[${index}]`
        const parsed = (edited: ReturnType<typeof edit>): unknown =>
          typeof edited === 'number' ? edited : (JSON.parse(edited.text) as { list: unknown }).list
        const missing = index >= list.length
        expect(parsed(edit(text, change(OPCODE.subdocDelete, at)))).toEqual(
          missing ? STATUS.pathNotFound : list.toSpliced(index, 1),
        )
        expect(parsed(edit(text, change(OPCODE.subdocReplace, at, JSON.stringify(value))))).toEqual(
          missing ? STATUS.pathNotFound : list.with(index, value),
        )
        expect(parsed(edit(text, change(OPCODE.subdocArrayInsert, at, JSON.stringify(value))))).toEqual(
          index > list.length ? STATUS.pathNotFound : list.toSpliced(index, 0, value),
        )
        expect(parsed(edit(text, change(OPCODE.subdocArrayPushFirst, 'list', JSON.stringify(value))))).toEqual([
          value,
          ...list,
        ])
        expect(parsed(edit(text, change(OPCODE.subdocArrayPushLast, 'list', JSON.stringify(value))))).toEqual([
          ...list,
          value,
        ])
      }),
      propertyRuns,
    )
  })

  it('all that is not touched stays byte for byte', () => {
    const edited = edit('{ "n" : 1e2,"s":"\\u0061", "l":[ 1 ,2 ] }', change(OPCODE.subdocReplace, 'l[0]', '9'))
    expect(edited).toEqual({ text: '{ "n" : 1e2,"s":"\\u0061", "l":[ 9 ,2 ] }' })
  })

  it('a number of many digits is one value', () => {
    const digits = '1'.repeat(1000)
    expect(edit(`[${digits},2,3]`, change(OPCODE.subdocDelete, '[1]'))).toEqual({ text: `[${digits},3]` })
  })

  it.each([
    [
      'objects on the way are made when that is asked for',
      change(OPCODE.subdocDictUpsert, 'x.y', '1', true),
      { text: '{"a":1,"x":{"y":1}}' },
    ],
    ['and not else', change(OPCODE.subdocDictUpsert, 'x.y', '1'), STATUS.pathNotFound],
    ['but no arrays', change(OPCODE.subdocDictUpsert, 'x[0].y', '1', true), STATUS.pathNotFound],
    ['a member of a number', change(OPCODE.subdocDictUpsert, 'a.b', '1', true), STATUS.pathMismatch],
    ['an element of an object', change(OPCODE.subdocReplace, '[0]', '1'), STATUS.pathMismatch],
    ['a value that is no JSON', change(OPCODE.subdocDictUpsert, 'x', '{bad'), STATUS.valueCannotInsert],
    ['two values where one belongs', change(OPCODE.subdocDictUpsert, 'x', '1,"y":2'), STATUS.valueCannotInsert],
    [
      'an array is made to push to',
      change(OPCODE.subdocArrayPushLast, 'x', '1,2', true),
      { text: '{"a":1,"x":[1,2]}' },
    ],
    ['nothing to push', change(OPCODE.subdocArrayPushLast, 'x', ' ', true), STATUS.valueCannotInsert],
    ['a container cannot be unique', change(OPCODE.subdocArrayAddUnique, 'x', '[]', true), STATUS.valueCannotInsert],
    ['a counter that is made', change(OPCODE.subdocCounter, 'n', '-5'), { text: '{"a":1,"n":-5}', result: '-5' }],
    ['a counter that counts', change(OPCODE.subdocCounter, 'a', '41'), { text: '{"a":42}', result: '42' }],
    ['by nothing', change(OPCODE.subdocCounter, 'a', '0'), STATUS.deltaInvalid],
    ['by a fraction', change(OPCODE.subdocCounter, 'a', '1.5'), STATUS.deltaInvalid],
    ['over 63 bits', change(OPCODE.subdocCounter, 'a', '9223372036854775807'), STATUS.numberOutOfRange],
    ['a broken path', change(OPCODE.subdocReplace, 'a..b', '1'), STATUS.pathInvalid],
    ['a path in backticks', change(OPCODE.subdocDictUpsert, '`x.y```', '1'), { text: '{"a":1,"x.y`":1}' }],
  ])('%s', (_, edits, outcome) => {
    expect(edit('{"a":1}', edits)).toEqual(outcome)
  })
})
