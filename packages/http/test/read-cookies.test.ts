import { describe, expect, test } from 'vitest'
import { readCookies } from '../src/read-cookies.ts'

describe('readCookies', () => {
  test.each([
    ['no header', undefined, []],
    ['an empty header', '', []],
    ['one', 'sid=a', ['a']],
    ['several of the name, in order', 'sid=a; x=1; sid=b;sid=c', ['a', 'b', 'c']],
    ['spaces and empty pairs', '  sid = a ;;; ', ['a']],
    ['an empty value', 'sid=', ['']],
    ['no equals sign', 'sid; a=1', []],
    ['no name', '=x; sid=a', ['a']],
    ['quotes', 'sid="a"', ['a']],
    ['one quote', 'sid="', ['"']],
    ['an equals sign in the value', 'sid=a=b', ['a=b']],
    ['another case', 'SID=a', []],
    ['names of Object.prototype', '__proto__=x; constructor=y; sid=a', ['a']],
    ['escapes, which stay as they are', 'sid=%E0%A4%A; foreign=100%', ['%E0%A4%A']],
  ])('%s', (_what, header, values) => {
    expect(readCookies(header, 'sid')).toEqual(values)
  })

  test('a cookie may be called as a property of every object', () => {
    expect(readCookies('a=1; __proto__=x', '__proto__')).toEqual(['x'])
  })
})
