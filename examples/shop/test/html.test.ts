import { expect, test } from 'vitest'
import { html } from '../src/html.ts'

test('texts cannot become markup, neither between tags nor in attributes', () => {
  const text = `<script>"it's" & more</script>`
  const escaped = '&lt;script&gt;&quot;it&#39;s&quot; &amp; more&lt;/script&gt;'
  expect(html`<b title="${text}">${text}</b>`.text).toBe(`<b title="${escaped}">${escaped}</b>`)
})

test('markup stays, lists are joined, zero is shown, nothing is shown for undefined and false', () => {
  const items = ['a', '<'].map(item => html`<li>${item}</li>`)
  expect(html`${items}${0}${undefined}${false}.`.text).toBe('<li>a</li><li>&lt;</li>0.')
})
