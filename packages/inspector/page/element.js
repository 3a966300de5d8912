/** @typedef {string | number | Node | false | undefined | readonly Child[]} Child */

/** @typedef {Readonly<Record<string, string | number | boolean | undefined | ((event: Event) => void)>>} Attributes */

/**
 * An element with attributes and children. Texts stay texts: nothing is taken for markup, and nothing of them is unseen. A function is a listener, by a name
 * such as `onclick`; false and undefined are left out.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes]
 * @param {Child[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children)
}

/**
 * The same for a drawing.
 *
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes]
 * @param {Child[]} children
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function drawing(tag, attributes = {}, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children)
}

/**
 * @template {Element} E
 * @param {E} made
 * @param {Attributes} attributes
 * @param {readonly Child[]} children
 * @returns {E}
 */
function fill(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(name.slice(2), value)
    else if (value !== undefined && value !== false) made.setAttribute(name, value === true ? '' : String(value))
  }
  made.append(...nodesOf(children))
  return made
}

/**
 * @param {readonly Child[]} children
 * @returns {(Node | string)[]}
 */
function nodesOf(children) {
  return children.flatMap(child => {
    if (child === undefined || child === false) return []
    if (child instanceof Node) return [child]
    return typeof child === 'object' ? nodesOf(child) : [visible(String(child))]
  })
}

/**
 * The text as it can be shown: what nobody would see, and what would change the order of the text, is written out.
 *
 * @param {string} text
 */
function visible(text) {
  return text.replace(
    /[\p{Cc}\u2028\u2029\u200E\u200F\u061C\u202A-\u202E\u2066-\u2069]/gu,
    character => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  )
}
