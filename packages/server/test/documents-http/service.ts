/**
 * Documents over HTTP with a clock that the test moves, a log in memory, and rights that it gives: for what takes minutes, and
 * for what an open server never refuses.
 */
import type { ServerResponse } from 'node:http'
import { limits as defaults } from '@cometpad/shared'
import type { Role } from '@cometpad/shared'
import fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import { registerErrorHandler } from '../../src/http/error-handler.ts'
import { registerDocumentsOverHttp } from '../../src/transports/documents-http.ts'
import { Table } from '../core/table.ts'
import type { TableOptions } from '../core/table.ts'

export type ServiceOptions = Pick<TableOptions, 'limits' | 'holdsCommits'>

export class Service {
  readonly app: FastifyInstance
  readonly port: number
  readonly table: Table
  /** Of all requests, as Node knows them. */
  readonly answers: ServerResponse[] = []
  role: Role = 'editor'
  mayDelete = false
  /** When the rights end, on the clock of the table. */
  endsAt: number | undefined
  /** Rights are looked at for as long as this is under way. */
  lookingAtRights: Promise<void> = Promise.resolve()

  private constructor(app: FastifyInstance, port: number, table: Table, refer: { service?: Service }) {
    this.app = app
    this.port = port
    this.table = table
    refer.service = this
  }

  static async start(options: ServiceOptions = {}): Promise<Service> {
    const table = new Table(options)
    const app = fastify({ forceCloseConnections: true })
    const refer: { service?: Service } = {}
    registerErrorHandler(app)
    app.addHook('onRequest', async (_request, reply) => void refer.service?.answers.push(reply.raw))
    await registerDocumentsOverHttp(app, {
      remove: (documentId, by) => table.rooms.delete(documentId, by),
      log: table.log,
      rooms: table.rooms,
      clock: table.clock,
      limits: { ...defaults, ...options.limits },
      sourceOf: () => 'somebody',
      async authorize() {
        await refer.service?.lookingAtRights
        const { role = 'editor', mayDelete = false, endsAt } = refer.service ?? {}
        return {
          subject: 'somebody',
          role,
          mayDelete,
          ...(endsAt === undefined ? {} : { endsAt }),
        }
      },
      random: () => 0,
      today: () => Date.UTC(2026, 0, 1) + table.clock.now(),
    })
    await app.listen({ port: 0, host: '127.0.0.1' })
    const address = app.server.address()
    return new Service(app, typeof address === 'object' && address !== null ? address.port : 0, table, refer)
  }

  get readers(): number {
    return this.table.rooms.size.readers
  }

  /** Time goes by, second by second, as it does for the wheels of a server. */
  pass(ms: number): void {
    for (let passed = 0; passed < ms; passed += 1_000) {
      this.table.clock.advance(1_000)
      this.table.rooms.beat()
    }
  }

  async close(): Promise<void> {
    await this.table.rooms.drain()
    await this.app.close()
  }
}
