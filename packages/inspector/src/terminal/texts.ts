/** The time of day and the date in UTC, to the second; `–` where there is none. `ms`: since 1970. */
export function timeText(ms: number | undefined): string {
  return ms === undefined ? '–' : new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')
}

/** A time for programs: ISO 8601 with milliseconds. `ms`: since 1970. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}

/** A size for people: three digits of it. */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  const units = ['kB', 'MB', 'GB']
  let value = bytes / 1000
  let unit = 0
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${value < 9.995 ? value.toFixed(2) : value < 99.95 ? value.toFixed(1) : value.toFixed(0)} ${units[unit]}`
}

/** `1 document`, `2,000 documents`. */
export function countText(count: number, one: string): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : `${one}s`}`
}

/** A text from the store as it may be shown on a terminal: what would command it is written out. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}]/gu, written).replace(reordering, written)
}

/** The text of which `printable` has made this one. */
export function asItWas(text: string): string {
  return text.replace(/\\u([\da-f]{4})/g, (_, digits: string) => String.fromCodePoint(Number.parseInt(digits, 16)))
}

/** The same of a text in which lines end and colours begin, and the rest is written out already: what would change its order. */
export function inItsOrder(text: string): string {
  return text.replace(reordering, written)
}

/** Separators of lines and paragraphs, and what changes the direction in which a text is shown. */
const reordering = /[\u2028\u2029\u200E\u200F\u061C\u202A-\u202E\u2066-\u2069]/gu

function written(character: string): string {
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`
}
