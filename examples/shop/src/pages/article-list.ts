import { type Article, articles, formatPrice } from '../catalogue.ts'
import { type Html, html } from '../html.ts'
import { pictureOf } from './pictures.ts'

/** Everything that can be bought, and how much of it is in the cart. */
export function articleList(cart: Readonly<Record<string, number>>): Html {
  return html`<ul class="articles" data-live="articles">
    ${articles.map(article => articleCard(article, cart[article.sku]))}
  </ul>`
}

function articleCard({ sku, name, text, price }: Article, pieces: number | undefined): Html {
  return html`<li class="card article" id="${sku}">
    <div class="picture">${pictureOf(sku)}</div>
    <div class="words">
      <h3>${name}</h3>
      <p class="quiet">${text}</p>
    </div>
    <form class="buy" method="post" action="/cart/${sku}/more">
      <input type="hidden" name="from" value="articles" />
      <span
        ><span class="price">${formatPrice(price)}</span
        >${pieces && html` <span class="count">${pieces} in the cart</span>`}</span
      >
      <button class="primary" aria-label="Put a ${name} into the cart">Add</button>
    </form>
  </li>`
}
