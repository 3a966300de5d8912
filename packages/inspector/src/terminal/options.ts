import { UsageError } from './usage-error.ts'

/** The whole number that an option was given; undefined where it was not. @throws UsageError */
export function wholeNumber(option: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value
  throw new UsageError(`--${option} is "${text}"; it must be a whole number from ${least} on.`)
}

/** The names that an option may have. @throws UsageError for another one */
export function oneOf<Name extends string>(option: string, texts: readonly string[], names: readonly Name[]): Name[] {
  return texts.map(text => {
    const name = names.find(known => known === text)
    if (name !== undefined) return name
    throw new UsageError(`--${option} is "${text}"; it must be one of ${names.join(', ')}.`)
  })
}
