// Without this script the page shows the same, as of when it was asked for.
const place = name => document.querySelector(`[data-live="${name}"]`)

if (place('changes')) {
  const shop = new EventSource('/live')
  const showLamp = isOn => {
    place('lamp').hidden = !isOn
  }
  shop.addEventListener('open', () => showLamp(true))
  shop.addEventListener('error', () => showLamp(false)) // it connects again by itself
  shop.addEventListener('changes', event => {
    place('changes').innerHTML = event.data // markup of the server's own template, escaped there
  })
  shop.addEventListener('online', event => {
    place('online').textContent = event.data
  })

  // What another window of this visitor puts into the cart, through whatever worker, is in the cart here.
  const own = new EventSource('/live/cart')
  own.addEventListener('cart', event => {
    const { pieces, cart, articles } = JSON.parse(event.data)
    place('pieces').textContent = pieces
    place('cart').outerHTML = cart
    place('articles').outerHTML = articles
  })
  own.addEventListener('ended', event => {
    own.close()
    if (JSON.parse(event.data).isEverywhere) {
      // It stays until the visitor has read it.
      place('signed-out').hidden = false
      return
    }
    // Another window has logged in or out. Its answer, on the way, brings the cookie that this one needs as well.
    setTimeout(() => location.reload(), 1000)
  })
}
