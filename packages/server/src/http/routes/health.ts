/** For supervisors and balancers: is the process alive, and may it get traffic? */
import { CometpadError } from '@cometpad/shared'
import type { FastifyInstance } from 'fastify'
import type { Log, StoreStatus } from '../../core/ports.ts'

export interface HealthOptions {
  readonly log: Pick<Log, 'find'>
  readonly storeStatus: () => StoreStatus
  readonly isDraining: () => boolean
}

export function registerHealthRoutes(
  app: FastifyInstance,
  { log, storeStatus, isDraining }: HealthOptions,
): void {
  app.get('/healthz', async (_request, reply) =>
    reply.header('cache-control', 'no-store').send({ status: 'alive' }),
  )

  app.get('/readyz', async (_request, reply) => {
    if (isDraining()) throw new CometpadError('DRAINING')
    // A read that reaches the store and finds nothing.
    await log.find('readyz')
    const { isWritable, damaged } = storeStatus()
    if (!isWritable) throw new CometpadError('STORE_UNAVAILABLE')
    // How many, not which: whoever asks here has shown no right to any document.
    return reply
      .header('cache-control', 'no-store')
      .send({ status: 'ready', damagedDocuments: damaged.length })
  })
}
