import { expect, test } from 'vitest'
import { urlIds } from '../../src/url-ids/url-ids.ts'

test.each<[string | undefined, readonly string[]]>([
  ['/cart?cfid=one', ['one']],
  ['/cart?CFID=one&CFTOKEN=0', ['one']],
  ['/cart?page=2&CfId=o%6Ee#cfid=two', ['one']],
  ['https://shop.example/cart?cfid=one&cfid=two', ['one', 'two']],
  ['/?cfid=1&cfid=2&cfid=3&cfid=4', ['1', '2', '3']],
  ['/?cfid=%E0%A4%A&cfid=one', ['one']],
  ['/?cfid=', ['']],
  ['/?xcfid=one&cfid2=one&cfid', []],
  ['/cart#?cfid=one', []],
  ['/cfid=one', []],
  ['', []],
  [undefined, []],
])('%s brings %j', (url, ids) => {
  expect(urlIds(url)).toEqual(ids)
})
