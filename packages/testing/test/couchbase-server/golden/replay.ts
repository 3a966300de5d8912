import { frameDifference } from './frame-match.ts'
import { RecordedClient } from './recorded-client.ts'
import type { BucketType, RecordedBucket, Scenario, Step } from './recording.ts'
import { sentBytes } from './sent-bytes.ts'
import { Variables } from './variables.ts'

/** A server that scenarios are replayed against. */
export interface ReplayTarget {
  readonly port: number
  readonly bucketName: string
  nowMs(): number
  /** Afterwards there is a fresh bucket, and no other. */
  up(bucket: RecordedBucket): Promise<void>
  down(): Promise<void>
  act(action: string, args: Readonly<Record<string, unknown>>): Promise<void>
  /** Afterwards so much time has passed for the server. */
  pass(ms: number): Promise<void>
  /** Afterwards so much time has passed for the server, and what it has sent until then has come. */
  quiet(ms: number): Promise<void>
}

/** Replays a scenario on a fresh bucket; rejects with the first difference. */
export async function replay(
  scenario: Scenario,
  target: ReplayTarget,
  type: BucketType = scenario.bucket.type,
): Promise<void> {
  await target.up({ ...scenario.bucket, type })
  const run = new Run(scenario, target)
  try {
    for (const [index, step] of scenario.steps.entries()) {
      await run.step(step).catch((error: unknown) => {
        throw new Error(`step ${index}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
      })
    }
    await run.drain()
  } finally {
    run.end()
    await target.down()
  }
}

class Run {
  readonly #scenario: Scenario
  readonly #target: ReplayTarget
  readonly #variables = new Variables()
  readonly #clients = new Map<string, RecordedClient>()

  constructor(scenario: Scenario, target: ReplayTarget) {
    this.#scenario = scenario
    this.#target = target
  }

  async step(step: Step): Promise<void> {
    if (step.sleepMs !== undefined) return this.#target.pass(step.sleepMs)
    if (step.align) return this.#target.pass(msUntil(this.#target.nowMs(), step.atMs ?? 0))
    if (step.action !== undefined) return this.#target.act(step.action, step.args ?? {})
    const name = step.conn ?? ''
    if (step.close) {
      this.#clients.get(name)?.destroy()
      this.#clients.delete(name)
      return
    }
    const client = await this.#client(name)
    if (step.closed) {
      this.#clients.delete(name)
      return this.#closed(client, step)
    }
    if (step.send) client.send(sentBytes(step.send, this.#variables, this.#present()))
    const isCompared = (hex: string): boolean => !step.ignoreMarkers || !hex.startsWith(MARKER)
    for (const [index, expected] of (step.expect ?? []).filter(({ hex }) => isCompared(hex)).entries()) {
      let frame = await this.#next(client)
      while (!isCompared(frame.toString('hex', 0, 2))) frame = await this.#next(client)
      const problem = frameDifference(frame, expected, this.#variables, this.#present().nowSeconds)
      if (problem !== undefined) throw new Error(`answer ${index}: ${problem}`)
    }
    if (step.quietMs === undefined) return
    await this.#target.quiet(step.quietMs)
    if (client.unread.length > 0) throw new Error(`unexpected: ${client.unread.toString('hex')}`)
  }

  /** Nothing may be left that was not expected. */
  async drain(): Promise<void> {
    for (const [name, client] of this.#clients) {
      const rest = await client.drain()
      if (rest.length > 0) throw new Error(`${name} has unread: ${rest.map(frame => frame.toString('hex')).join(', ')}`)
    }
  }

  end(): void {
    for (const client of this.#clients.values()) client.destroy()
  }

  /** The next frame; time passes while none comes. */
  async #next(client: RecordedClient): Promise<Buffer> {
    let frame = client.take()
    if (!frame) await Promise.race([client.more(), this.#target.quiet(0)])
    for (let waitedMs = 0; waitedMs <= PATIENCE_MS; waitedMs += WAIT_MS) {
      frame ??= client.take()
      if (frame) return frame
      if (client.isEnded) throw new Error('the server closed the connection')
      await this.#target.quiet(WAIT_MS)
    }
    throw new Error(`nothing came for ${PATIENCE_MS} ms`)
  }

  async #closed(client: RecordedClient, { withinMs = PATIENCE_MS, notBeforeMs = 0 }: Step): Promise<void> {
    await this.#target.quiet(0)
    for (let waitedMs = 0; waitedMs <= withinMs; waitedMs += WAIT_MS) {
      if (client.isEnded && waitedMs < notBeforeMs)
        throw new Error(`closed after ${waitedMs} ms, before ${notBeforeMs}`)
      if (client.isEnded) return
      await this.#target.quiet(WAIT_MS)
    }
    throw new Error(`the connection is open after ${withinMs} ms`)
  }

  async #client(name: string): Promise<RecordedClient> {
    const open = this.#clients.get(name)
    if (open) return open
    const recorded = this.#scenario.connections[name]
    if (!recorded) throw new Error(`the recording has no connection ${name}`)
    const client = await RecordedClient.open(this.#target.port, recorded, this.#target.bucketName)
    this.#clients.set(name, client)
    return client
  }

  #present(): { readonly bucketName: string; readonly nowSeconds: number } {
    return { bucketName: this.#target.bucketName, nowSeconds: Math.floor(this.#target.nowMs() / 1000) }
  }
}

/** First bytes of a marker of a snapshot. */
const MARKER = '8056'

/** How long something that was recorded may take. */
const PATIENCE_MS = 8000

const WAIT_MS = 100

/** To that place in the next whole second. */
function msUntil(nowMs: number, atMs: number): number {
  return 1000 - (nowMs % 1000) + atMs
}
