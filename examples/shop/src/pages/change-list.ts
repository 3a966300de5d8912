import { type Html, html } from '../html.ts'
import { shownProcess } from '../process-name.ts'
import type { ChangeLine } from '../recent-changes.ts'

/** The items of the list of changes, newest first: of the page, and of its updates. */
export function changeList(lines: readonly ChangeLine[]): Html {
  if (lines.length === 0) return html`<li class="quiet">Nothing yet. Put something into the cart.</li>`
  return html`${lines.map(
    ({ kind, what, version, process, at }) =>
      html`<li>
        <span class="kind" data-kind="${kind}">${kind}</span>
        <span class="what">${what}</span>
        <span class="from">version ${version}${process === undefined ? '' : `, by ${shownProcess(process)}`}</span>
        <time datetime="${new Date(at).toISOString()}">${clockTime(at)}</time>
      </li>`,
  )}`
}

/** The time of the day, as the server's clock has it. */
function clockTime(at: number): string {
  return new Date(at).toTimeString().slice(0, 8)
}
