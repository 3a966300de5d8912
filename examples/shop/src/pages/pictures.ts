import { type Html, html } from '../html.ts'

/** A line drawing of the article. */
export function pictureOf(sku: string): Html {
  return html`<svg viewBox="0 0 64 64" aria-hidden="true">${drawings[sku]}</svg>`
}

const drawings: Readonly<Record<string, Html>> = {
  telescope: html`
    <path d="M10 33 41 17l6 11-31 16z" />
    <path d="m41 17 8-4 6 11-8 4M33 38l-9 18M35 37l11 19M33 38v20" />
    <path class="accent" d="M6 40l6-3 2 4-6 3z" />
  `,
  microscope: html`
    <path d="M14 56h36M20 48h22M38 48a15 15 0 0 0 3-27" />
    <path d="m24 12 8-4 9 19-8 4zM22 14l12-6" />
    <path class="accent" d="M36 31l2 5M22 41h18" />
  `,
  periscope: html`
    <path d="M26 14h20v12H38v28H26zM26 54H16V42h10" />
    <path d="m27 15 10 10M27 53l10-10" />
    <path class="accent" d="M50 16v8M55 14v12" />
  `,
  kaleidoscope: html`
    <path d="M32 8 53 20v24L32 56 11 44V20z" />
    <path d="M32 8v48M11 20l42 24M53 20 11 44" />
    <path class="accent" d="m32 20 10.5 6v12L32 44l-10.5-6V26z" />
  `,
  stethoscope: html`
    <path d="M16 10h-4v12a11 11 0 0 0 22 0V10h-4M23 33v9a11 11 0 0 0 22 0v-6" />
    <circle cx="45" cy="30" r="6" />
    <circle class="accent" cx="45" cy="30" r="1.5" />
  `,
  oscilloscope: html`
    <rect x="7" y="13" width="50" height="38" rx="4" />
    <rect x="13" y="19" width="28" height="26" rx="2" />
    <path d="M48 22h3M48 30h3M48 44v.01" />
    <path class="accent" d="M14 32c3-14 6-14 9 0s6 14 9 0 5-12 8-3" />
  `,
}
