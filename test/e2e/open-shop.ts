import { type RunningShop, startShop } from '@scopes/example-shop/start-shop'
import type { Visitor } from '@scopes/example-shop/visitor'
import { bundleProgram } from '@scopes/test-programs'
import { expect, onTestFinished } from 'vitest'

const source = (name: string): URL => new URL(import.meta.resolve(`@scopes/example-shop/${name}`))

/** The shop without a loader. */
export const shopProgram: URL = await bundleProgram(source('main'), [source('worker')])

/** A shop in processes of its own, which are killed at the end of the test if they are still there. */
export async function openShop(
  data: string,
  options: { readonly port?: number; readonly store?: string } = {},
): Promise<RunningShop> {
  const shop = await startShop({ ...options, program: shopProgram, data, isGroup: true })
  onTestFinished(() => shop.killAll())
  return shop
}

/** What `/state` says. */
export interface State {
  readonly isStored: boolean
  readonly hits: number
  readonly user?: string
  readonly process: string
}

/** The visitor's session, as some worker finds it. */
export async function stateOf(visitor: Visitor): Promise<State> {
  const { body } = await visitor.get('/state')
  return JSON.parse(body) as State
}

/** The session as each of the two workers finds it, the worker's process id beside it. */
export async function statesOf(visitor: Visitor): Promise<ReadonlyMap<number, State>> {
  const states = new Map<number, State>()
  await expect
    .poll(
      async () => {
        const state = await stateOf(visitor)
        states.set(pidOf(state.process), state)
        return states.size
      },
      { timeout: 30_000, interval: 5 },
    )
    .toBe(2)
  return states
}

function pidOf(process: string): number {
  return Number(process.split('-').at(-1))
}
