/** Somewhere to wait until it is opened. */
export interface Gate {
  readonly passed: Promise<void>
  readonly open: () => void
}

export function gate(): Gate {
  let resolve: () => void = () => {}
  const passed = new Promise<void>(done => {
    resolve = done
  })
  return { passed, open: () => resolve() }
}

/** What it rejects with; undefined when it does not. */
export function refusalOf(outcome: Promise<unknown>): Promise<unknown> {
  return outcome.then(
    () => undefined,
    (error: unknown) => error,
  )
}
