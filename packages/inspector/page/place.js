/**
 * Where the page is, as its address says: a panel, or a scope and one of its versions.
 *
 * @typedef {{ readonly type: 'list' | 'activity' | 'conflicts' | 'process' }
 *   | { readonly type: 'scope', readonly key: string, readonly version: number | undefined }} Place
 */

/**
 * @param {string} hash
 * @returns {Place}
 */
export function placeOf(hash) {
  const [name, key, version] = hash.replace(/^#\/?/, '').split('/')
  if (name === 'activity' || name === 'conflicts' || name === 'process') return { type: name }
  if (name !== 'scope' || !key) return { type: 'list' }
  try {
    const wanted = version && /^\d+$/.test(version) ? Number(version) : undefined
    return { type: 'scope', key: decodeURIComponent(key), version: wanted }
  } catch {
    return { type: 'list' }
  }
}

/**
 * The address of a scope, at its newest version or another one.
 *
 * @param {string} key
 * @param {number} [version]
 */
export function scopeHash(key, version) {
  return `#/scope/${encodeURIComponent(key)}${version === undefined ? '' : `/${version}`}`
}
