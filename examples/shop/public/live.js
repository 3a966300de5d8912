// Without this script the page shows the same, as of when it was asked for.
const places = Object.fromEntries(
  [...document.querySelectorAll('[data-live]')].map(element => [element.dataset.live, element]),
)

if (places.changes) {
  const source = new EventSource('/live')
  const showLamp = isOn => {
    places.lamp.hidden = !isOn
  }
  source.addEventListener('open', () => showLamp(true))
  source.addEventListener('error', () => showLamp(false)) // it connects again by itself
  source.addEventListener('changes', event => {
    places.changes.innerHTML = event.data // markup of the server's own template, escaped there
  })
  source.addEventListener('online', event => {
    places.online.textContent = event.data
  })
}
