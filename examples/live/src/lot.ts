import { type ScopeDefinition, defineScope } from '@scopes/core'

/** What is for sale. */
export interface LotState {
  bid: number
  bidder: string
}

/** One lot of an auction; both processes declare it alike. */
export const Lot: ScopeDefinition<LotState> = defineScope({
  kind: 'lot',
  initial: (): LotState => ({ bid: 0, bidder: 'nobody' }),
})
