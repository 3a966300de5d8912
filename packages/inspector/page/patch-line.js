/** @import { ShownPatch } from '../src/web/page-data.ts' */
import { element } from './element.js'
import { counted, pathText, valueText } from './words.js'

/**
 * One thing that a commit changed, on one line.
 *
 * @param {ShownPatch} patch
 */
export function patchLine(patch) {
  const place = element('span', { class: 'patch-path' }, pathText(patch.path))
  switch (patch.op) {
    case 'set':
      return element(
        'li',
        {},
        place,
        ' ',
        patch.before && [element('del', {}, valueText(patch.before, 40)), ' '],
        element('ins', {}, valueText(patch.after, 80)),
      )
    case 'delete':
      return element('li', {}, place, ' ', element('del', {}, valueText(patch.before)), ' deleted')
    case 'splice': {
      const { index, removed, items } = patch
      return element(
        'li',
        {},
        place,
        ` at [${index}] `,
        removed > 0 && [element('del', {}, counted(removed, 'element')), ' '],
        items.length > 0 && element('ins', {}, items.map(item => valueText(item, 60)).join(', ')),
      )
    }
    case 'move':
      return element('li', {}, place, ` [${patch.from}] moved to [${patch.to}]`)
    default:
      return /** @satisfies {never} */ (patch)
  }
}
