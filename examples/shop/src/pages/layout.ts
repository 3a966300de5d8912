import { type Html, html } from '../html.ts'

/** What every page shows around its own content. */
export interface LayoutOptions {
  readonly title: string
  /** Beside the name of the shop. */
  readonly header?: Html | undefined
  readonly main: Html
  /** The process that answers. */
  readonly process: string
}

/** A whole document. */
export function layout({ title, header, main, process }: LayoutOptions): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>${title}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" href="/icon.svg" />
        <link rel="stylesheet" href="/style.css" />
        <script src="/live.js" defer></script>
      </head>
      <body>
        <header class="top">
          <a class="brand" href="/"><img src="/icon.svg" alt="" width="28" height="28" />Scope Shop</a>
          ${header}
        </header>
        <main>${main}</main>
        <footer class="quiet">Answered by ${process}. Reload, and it may be another one.</footer>
      </body>
    </html>`
}
