/** The real core and the real transports over a log in memory, on a port, with a clock that runs fast. */
import { limits } from '@cometpad/shared'
import type { Clock } from '@cometpad/shared'
import fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import * as Y from 'yjs'
import { Rooms } from '../../src/core/rooms.ts'
import { registerErrorHandler } from '../../src/http/error-handler.ts'
import { MemoryLog } from '../../src/storage/memory-log.ts'
import { registerDocumentsOverHttp } from '../../src/transports/documents-http.ts'
import { registerWebSocket } from '../../src/transports/websocket.ts'

export class ChaosService {
  readonly rooms: Rooms
  readonly log = new MemoryLog()
  readonly #app: FastifyInstance
  readonly #stopBeating: () => void

  private constructor(app: FastifyInstance, clock: Clock) {
    this.#app = app
    this.rooms = new Rooms({
      log: this.log,
      compute: { diff: async (update, vector) => Y.diffUpdate(update, vector) },
      authorizer: { renew: async () => ({ subject: 'anonymous', role: 'editor' }) },
      clock,
      report: { refused: () => undefined, failed: () => undefined },
      limits,
      random: Math.random,
    })
    const timer = setInterval(() => this.rooms.beat(), 25)
    this.#stopBeating = () => clearInterval(timer)
  }

  static async start(clock: Clock): Promise<ChaosService> {
    const app = fastify({ forceCloseConnections: true, bodyLimit: limits.messageBytes })
    const service = new ChaosService(app, clock)
    const { log, rooms } = service
    const authorize = async (): Promise<{ subject: string; role: 'editor' }> => ({
      subject: 'anonymous',
      role: 'editor',
    })
    registerErrorHandler(app)
    await registerWebSocket(app, { rooms, clock, limits, authorize })
    await registerDocumentsOverHttp(app, {
      log,
      rooms,
      clock,
      limits,
      authorize,
      random: Math.random,
      today: Date.now,
    })
    await app.listen({ port: 0, host: '127.0.0.1' })
    return service
  }

  get port(): number {
    const address = this.#app.server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  /** What is stored of a document's text. */
  async stored(documentId: string): Promise<string> {
    if ((await this.log.find(documentId)) === undefined) return ''
    const doc = new Y.Doc()
    const entries = await this.log.read(documentId, 0, Number.MAX_SAFE_INTEGER)
    if (entries === 'compacted') throw new TypeError('Nobody compacts here')
    for (const { update } of entries) Y.applyUpdate(doc, update)
    const text = doc.getText('text').toJSON()
    doc.destroy()
    return text
  }

  async close(): Promise<void> {
    this.#stopBeating()
    await this.rooms.drain()
    await this.#app.close()
  }
}
