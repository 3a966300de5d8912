import { type Article, articles, formatPrice } from '../catalogue.ts'
import { type Html, html } from '../html.ts'

/** All pieces of all articles. */
export function piecesIn(pieces: Readonly<Record<string, number>>): number {
  return Object.values(pieces).reduce((sum, count) => sum + count, 0)
}

/** What is in the cart, with the buttons that change it. */
export function cart(pieces: Readonly<Record<string, number>>): Html {
  const lines = articles.flatMap(article => {
    const count = pieces[article.sku]
    return count === undefined ? [] : [{ article, count }]
  })
  const total = lines.reduce((sum, line) => sum + line.count * line.article.price, 0)
  return html`<section class="card" id="cart" data-live="cart">
    <h2>Cart <span class="count">${piecesIn(pieces)}</span></h2>
    ${
      lines.length === 0
        ? html`<p class="quiet">Nothing in it yet.</p>`
        : html`<ul class="cart">
              ${lines.map(cartLine)}
            </ul>
            <p class="total"><span>Total</span><strong>${formatPrice(total)}</strong></p>`
    }
  </section>`
}

function cartLine({ article, count }: { readonly article: Article; readonly count: number }): Html {
  return html`<li>
    <span class="name">${article.name}</span>
    <span class="price">${formatPrice(article.price * count)}</span>
    <span class="stepper">
      ${button(article, 'less', '−', `One ${article.name} less`)}
      <span class="pieces">${count}</span>
      ${button(article, 'more', '+', `One ${article.name} more`)}
    </span>
    ${button(article, 'remove', 'Remove', `No ${article.name}`)}
  </li>`
}

function button({ sku }: Article, action: string, text: string, label: string): Html {
  return html`<form method="post" action="/cart/${sku}/${action}">
    <button class="${action}" aria-label="${label}">${text}</button>
  </form>`
}
