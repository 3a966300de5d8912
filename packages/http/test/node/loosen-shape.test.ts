import { ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { loosenShape } from '../../src/node/loosen-shape.ts'

test.each([true, false])('the response is what it was: with sendDate %s', sendDate => {
  const response = new ServerResponse({ method: 'GET' } as never)
  response.sendDate = sendDate
  const before = { ...response }
  loosenShape(response)
  expect({ ...response }).toEqual(before)
  expect(response.sendDate).toBe(sendDate)
})

test('what has no such property gets none', () => {
  const other = {}
  loosenShape(other as ServerResponse)
  expect(Object.keys(other)).toEqual([])
})
