import { Visitor } from '@scopes/example-shop/visitor'
import type { Outcome } from './judge.ts'
import type { Step } from './process/requests.ts'
import type { SheetKind, SheetName } from './sheet.ts'

/** What was answered to a request. */
export interface Reply {
  readonly status: number
  /** What single requests keep in the sheet, as the request saw it at its end. */
  readonly values: Readonly<Record<string, unknown>>
  /** What that says of the changes the request made. */
  readonly outcome: Outcome
}

/** A visitor of web applications that share their cookies; each request has a connection of its own. */
export class Browser {
  readonly #application: string
  #cookies: ReadonlyMap<string, string>

  /**
   * @param application the id of the sheet that its requests to `application` work on
   * @param twin has the same cookies now
   */
  constructor(application: string, twin?: Browser) {
    this.#application = application
    this.#cookies = twin ? twin.#cookies : new Map()
  }

  /** The sheet that its requests work on. @throws before the first answer that stored something */
  sheet(kind: SheetKind): SheetName {
    const id = kind === 'application' ? this.#application : this.#cookies.get(kind)
    if (id === undefined) throw new Error(`The visitor has no ${kind} yet.`)
    return { kind, id }
  }

  /** Sends a request to the application at `url` and reads its answer. Rejects when there is none. */
  async request(url: string, kind: SheetKind, steps: readonly Step[]): Promise<Reply> {
    const visitor = new Visitor(new URL(url), this.#cookies)
    const path = kind === 'application' ? `/application/${this.#application}` : `/${kind}`
    const { status, body } = await visitor.post(path, { steps: JSON.stringify(steps) })
    this.#cookies = visitor.cookies
    const answer = JSON.parse(body) as Readonly<Record<string, unknown>>
    if (status < 300) return { status, values: answer, outcome: { type: 'done' } }
    const outcome: Outcome =
      answer['outcome'] === 'unknown' ? { type: 'unknown' } : { type: 'none', code: String(answer['code']) }
    return { status, values: {}, outcome }
  }
}
