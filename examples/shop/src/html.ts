/** Markup that is safe to be sent as it is. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  toString(): string {
    return this.text
  }
}

/** What a template takes: texts and numbers are escaped, markup is not, lists are joined, nothing is shown for the rest. */
export type HtmlValue = string | number | Html | readonly HtmlValue[] | false | undefined

/**
 * Markup with values in it. Values may stand between tags and in quoted attributes.
 *
 * ```ts
 * html`<li title="${name}">${name}</li>`
 * ```
 */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  const parts = strings.flatMap((string, index) => (index === 0 ? [string] : [markup(values[index - 1]), string]))
  return new Html(parts.join(''))
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function markup(value: HtmlValue): string {
  if (value === undefined || value === false) return ''
  if (value instanceof Html) return value.text
  if (typeof value === 'string') return value.replace(/[&<>"']/g, character => entities[character] ?? character)
  if (typeof value === 'number') return String(value)
  return value.map(markup).join('')
}
