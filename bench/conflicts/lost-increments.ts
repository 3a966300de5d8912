import { type Contestant, contestants } from '../http/contestants.ts'
import { type Server, startServers } from '../http/servers.ts'
import { type Row, budgetRow, plainRow } from '../rows.ts'
import type { Suite } from '../suite.ts'
import { Client } from './client.ts'
import type { Between } from './routes.ts'
import type { Counts } from './visitor.ts'

const clientCount = 8
const incrementsEach = 100
const logOuts = 10

interface Shape {
  readonly name: string
  readonly between: Between
  readonly isOwn: boolean
  readonly title: string
}

const shapes: readonly Shape[] = [
  { name: 'lost-http-at-once', between: 'nothing', isOwn: false, title: 'one number, all at once' },
  { name: 'lost-http-slow', between: '5-ms', isOwn: false, title: 'one number, 5 ms in the handler' },
  { name: 'lost-http-own-keys', between: '5-ms', isOwn: true, title: 'a number for each client, 5 ms in the handler' },
]
const revivedName = 'revived-http'
const sides = Object.keys(contestants).filter((side): side is Contestant => side !== 'express')

/**
 * The figures of the README: 8 clients with 100 increments each of one session, and logouts that overlap a slow write,
 * in every library that is compared. One process each.
 */
export const lostIncrements: Suite = {
  names: [...shapes.map(({ name }) => name), revivedName].flatMap(name => sides.map(side => `${name}/${side}`)),
  async measure({ directory, isWanted, progress }) {
    const started = await startServers(directory)
    const servers = started.servers.filter(({ contestant }) => sides.includes(contestant))
    const rows: Row[] = []
    try {
      for (const shape of shapes) {
        for (const server of servers.filter(({ contestant }) => isWanted(`${shape.name}/${contestant}`))) {
          progress(`${shape.name}: ${server.contestant}`)
          rows.push(rowOf(shape.name, server, await lostIn(server, shape), clientCount * incrementsEach, shape.title))
        }
      }
      for (const server of servers.filter(({ contestant }) => isWanted(`${revivedName}/${contestant}`))) {
        progress(`${revivedName}: ${server.contestant}`)
        rows.push(rowOf(revivedName, server, await revivedIn(server), logOuts, 'a slow write ends after the logout'))
      }
      return rows
    } finally {
      await started.stop()
    }
  },
}

function rowOf(name: string, { contestant }: Server, value: number, of: number, note: string): Row {
  const figure = { name: `${name}/${contestant}`, value, unit: `of ${of}`, note }
  return contestant.includes('scopes') ? budgetRow(figure, { relation: '=', limit: 0 }) : plainRow(figure)
}

/** Acknowledged increments that are not there afterwards. */
async function lostIn({ port }: Server, { between, isOwn }: Shape): Promise<number> {
  const first = new Client(port)
  await first.post('/hits/nothing')
  const work = async (_: unknown, index: number): Promise<void> => {
    const client = new Client(port, first.cookie)
    for (let turn = 0; turn < incrementsEach; turn++) {
      await client.post(isOwn ? `/hits/${between}/client-${index}` : `/hits/${between}`)
    }
    client.close()
  }
  await Promise.all(Array.from({ length: clientCount }, work))
  const counts = (await first.get('/hits')) as Counts
  first.close()
  const counted = isOwn ? Object.values(counts.own).reduce((sum, hits) => sum + hits, 0) : counts.hits - 1
  return clientCount * incrementsEach - counted
}

/** Sessions that are stored again after their logout. */
async function revivedIn({ port }: Server): Promise<number> {
  let revived = 0
  for (let turn = 0; turn < logOuts; turn++) {
    const writer = new Client(port)
    await writer.post('/hits/nothing')
    const leaver = new Client(port, writer.cookie)
    const { cookie } = writer
    const written = writer.tryPost('/hits/until-released')
    await leaver.post('/gate/wait')
    await leaver.post('/log-out')
    await leaver.post('/gate/open')
    await written
    const visitor = new Client(port, cookie)
    if ((await visitor.get('/hits')) !== null) revived++
    for (const client of [writer, leaver, visitor]) client.close()
  }
  return revived
}
