import { InvalidArgumentError } from '../errors.ts'

/**
 * What is written into frames as text is text: another value could be written, and no reader would take the document.
 * @throws InvalidArgumentError that names the option.
 */
export function checkText(option: string, value: unknown): void {
  if (value === undefined || typeof value === 'string') return
  throw new InvalidArgumentError(`${option} is ${typeof value}; it must be a string.`)
}
