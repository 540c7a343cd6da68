/** Twenty bombs at once, while a hundred people write: each bomb is refused, and each word of the others is saved. */
import { afterEach, expect, test } from 'vitest'
import { Writer } from '../core/table.ts'
import { RealServer } from '../real-server.ts'
import { Client } from '../websocket/client.ts'
import { bombs } from './bombs.ts'

const PEOPLE = 100
const BOMBS = 20

let server: RealServer | undefined
const clients: Client[] = []

afterEach(async () => {
  for (const client of clients.splice(0)) client.socket.terminate()
  await server?.close()
})

test('[GA8, AK2] while twenty bombs arrive everybody else’s edits are saved', async () => {
  const running = await RealServer.start()
  server = running
  const join = async (): Promise<Client> => {
    const client = new Client(`${running.url}/v1/ws/shared?position=0`, ['cometpad.v1'])
    clients.push(client)
    await client.hear('hello')
    return client
  }
  const people = await Promise.all(Array.from({ length: PEOPLE }, join))
  const bad = await Promise.all(Array.from({ length: BOMBS }, join))
  for (const [index, client] of people.entries()) {
    client.say({ type: 'update', update: new Writer(1_000 + index).write(`${index} `) })
    const bomb = bombs[index % bombs.length]
    if (index < BOMBS && bomb !== undefined) bad[index]?.say({ type: 'update', update: bomb.update })
  }
  const closed = await Promise.all(bad.map((client) => client.closed))
  for (const { reason } of closed)
    expect(reason).toMatch(/^(MALFORMED_UPDATE|UPDATE_TOO_COMPLEX|MESSAGE_TOO_LARGE)$/)
  for (const client of people) expect((await client.hear('saved')).count).toBe(1)
  const late = await join()
  await expect.poll(() => late.heard.filter(({ type }) => type === 'update').length).toBe(PEOPLE)
})
