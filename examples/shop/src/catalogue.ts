/** Something that the shop sells. */
export interface Article {
  readonly sku: string
  readonly name: string
  readonly text: string
  /** In cents. */
  readonly price: number
}

/** Everything that the shop sells, in the order of the page. */
export const articles: readonly Article[] = [
  { sku: 'telescope', name: 'Telescope', text: 'Brings the far end of the street to your window.', price: 18_900 },
  { sku: 'microscope', name: 'Microscope', text: 'Four lenses, one very surprised water flea.', price: 12_900 },
  { sku: 'periscope', name: 'Periscope', text: 'For looking over hedges without a ladder.', price: 3_450 },
  { sku: 'kaleidoscope', name: 'Kaleidoscope', text: 'No picture is ever shown twice.', price: 1_990 },
  { sku: 'stethoscope', name: 'Stethoscope', text: 'Hears a heart, or the neighbours.', price: 5_900 },
  { sku: 'oscilloscope', name: 'Oscilloscope', text: 'Two channels and a reassuring green line.', price: 34_900 },
]

/** The article with this number, if there is one. */
export function articleOf(sku: string): Article | undefined {
  return articles.find(article => article.sku === sku)
}

const money = new Intl.NumberFormat('en', { style: 'currency', currency: 'EUR' })

/** An amount of cents as visitors read it. */
export function formatPrice(cents: number): string {
  return money.format(cents / 100)
}
