import { type Html, html } from '../html.ts'
import { layout } from './layout.ts'

/** What went wrong, for a visitor. */
export interface ErrorPageOptions {
  readonly status: number
  readonly text: string
  readonly process: string
}

/** The page that is shown instead of the one that was asked for. */
export function errorPage({ status, text, process }: ErrorPageOptions): Html {
  return layout({
    title: `${titleFor(status)} · Scope Shop`,
    process,
    main: html`<section class="card failure">
      <p class="status">${status}</p>
      <h1>${titleFor(status)}</h1>
      <p>${text}</p>
      <p><a class="button primary" href="/">Back to the shop</a></p>
    </section>`,
  })
}

function titleFor(status: number): string {
  switch (status) {
    case 404:
      return 'Not found'
    case 409:
      return 'Somebody was faster'
    case 503:
      return 'Closed for a moment'
    default:
      return status < 500 ? 'That did not work' : 'Our mistake'
  }
}
