/** Rows of one request. */
export const pageRows = 100

/** Elements cannot be higher in every browser than so many rows: a filter shows the others. */
export const mostRows = 300_000

/**
 * Which rows are to be in the document: those that are seen, and some above and below.
 *
 * @param {{ readonly scrollTop: number, readonly height: number, readonly rowHeight: number, readonly total: number }} view
 * @returns {{ readonly first: number, readonly end: number }} `end` is behind the last
 */
export function rowsInView({ scrollTop, height, rowHeight, total }) {
  const above = 8
  const most = Math.min(total, mostRows)
  const first = Math.max(0, Math.min(most, Math.floor(scrollTop / rowHeight)) - above)
  const end = Math.min(most, Math.ceil((scrollTop + height) / rowHeight) + above)
  return { first, end }
}

/**
 * The numbers of the pages that hold these rows.
 *
 * @param {{ readonly first: number, readonly end: number }} rows
 */
export function pagesOf({ first, end }) {
  const pages = []
  for (let page = Math.floor(first / pageRows); page * pageRows < end; page++) pages.push(page)
  return pages
}
