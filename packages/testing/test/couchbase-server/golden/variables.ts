import type { NumberFormat } from './recording.ts'

/** Values of one scenario that are not known before: CAS values, uuids, times, texts. */
export class Variables {
  readonly #numbers = new Map<string, bigint>()
  readonly #texts = new Map<string, string>()

  /** The number of that name; undefined: not bound yet. */
  find(name: string): bigint | undefined {
    return this.#numbers.get(name)
  }

  number(name: string): bigint {
    const value = this.#numbers.get(name)
    if (value === undefined) throw new Error(`${name} is not bound`)
    return value
  }

  bind(name: string, value: bigint): void {
    this.#numbers.set(name, value)
  }

  text(name: string): string {
    const text = this.#texts.get(name)
    if (text === undefined) throw new Error(`${name} is not bound`)
    return text
  }

  bindText(name: string, text: string): void {
    this.#texts.set(name, text)
  }
}

/** A number as the bytes of that format and length. */
export function writeNumber(value: bigint, format: NumberFormat, length: number): Buffer {
  switch (format) {
    case 'dec':
      return Buffer.from(value.toString())
    case 'hex':
      return Buffer.from(value.toString(16).padStart(length, '0'))
    case 'hexle':
      return Buffer.from(writeNumber(value, 'u64', 8).reverse().toString('hex'))
    case 'u32':
    case 'u64':
      return Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex')
    default:
      return format satisfies never
  }
}

/** The number that bytes of that format are. */
export function readNumber(bytes: Buffer, format: NumberFormat): bigint {
  switch (format) {
    case 'dec':
      return BigInt(bytes.toString('latin1'))
    case 'hex':
      return BigInt(`0x${bytes.toString('latin1')}`)
    case 'hexle':
      return BigInt(`0x${Buffer.from(bytes.toString('latin1'), 'hex').reverse().toString('hex')}`)
    case 'u32':
    case 'u64':
      return BigInt(`0x${bytes.toString('hex')}`)
    default:
      return format satisfies never
  }
}
