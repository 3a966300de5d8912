/** @import { Place } from './place.js' */
import { ActivityPanel } from './activity-panel.js'
import { follow } from './api.js'
import { ConflictPanel } from './conflict-panel.js'
import { element } from './element.js'
import { Header } from './header.js'
import { passTime } from './passing-time.js'
import { placeOf } from './place.js'
import { ProcessPanel } from './process-panel.js'
import { ScopeList } from './scope-list.js'
import { ScopePanel } from './scope-panel.js'

// The page: a list of all scopes, and beside it one scope, or what happens.

const header = new Header()
const list = new ScopeList()
const scope = new ScopePanel()
const activity = new ActivityPanel()
const conflicts = new ConflictPanel()
const process = new ProcessPanel()

/** @type {Readonly<Record<Exclude<Place['type'], 'scope'>, HTMLAnchorElement>>} */
const tabs = {
  list: element('a', { href: '#/', class: 'only-narrow' }, 'Scopes'),
  activity: element('a', { href: '#/activity' }, 'Activity'),
  conflicts: element('a', { href: '#/conflicts' }, 'Conflicts'),
  process: element('a', { href: '#/process' }, 'Process'),
}
const nav = element('nav', { 'aria-label': 'What is shown' }, ...Object.values(tabs))
const panels = element('div', { class: 'panels' }, nav, scope.node, activity.node, conflicts.node, process.node)
const main = element('main', {}, list.node, panels)
document.body.append(header.node, main)

function show() {
  const place = placeOf(location.hash)
  main.className = `shows-${place.type}`
  // Beside the list, where there is room for both, something is shown.
  const panel = place.type === 'list' ? 'activity' : place.type
  scope.node.hidden = panel !== 'scope'
  activity.node.hidden = panel !== 'activity'
  conflicts.node.hidden = panel !== 'conflicts'
  process.node.hidden = panel !== 'process'
  for (const [name, tab] of Object.entries(tabs)) {
    if (name === place.type || (name === 'activity' && place.type === 'list')) tab.setAttribute('aria-current', 'page')
    else tab.removeAttribute('aria-current')
  }
  if (place.type === 'scope') scope.open(place.key, place.version)
  else scope.close()
  list.choose(place.type === 'scope' ? place.key : undefined)
}

follow(
  {
    hello: hello => {
      header.hello(hello)
      activity.reset(hello.activity)
      conflicts.reset(hello)
      process.reset(hello)
    },
    overview: overview => {
      header.overview(overview)
      process.overview(overview)
      list.counts(overview.totals, overview.feed.status !== 'catching-up')
    },
    sample: sample => {
      header.sample(sample)
      passTime()
      process.sample(sample)
    },
    activity: lines => {
      activity.add(lines)
      conflicts.happened(lines)
      list.changed(lines)
      scope.changed(lines)
    },
    conflicts: lines => conflicts.decided(lines),
    events: lines => process.add(lines),
  },
  isConnected => header.connection(isConnected),
)

window.addEventListener('hashchange', show)
window.addEventListener('keydown', event => {
  const isTyping = event.target instanceof HTMLInputElement && event.target.type === 'search'
  if (event.key === '/' && !isTyping) {
    event.preventDefault()
    list.focusSearch()
  }
  if (event.key === 'Escape' && !isTyping) location.hash = '#/'
})
show()
