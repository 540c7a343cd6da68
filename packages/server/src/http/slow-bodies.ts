/**
 * Cuts requests whose body does not come on. Somebody on a slow line may take minutes for a large one; who only holds the connection
 * may not. So the time grows with what has arrived. Knows no route and no size.
 */
import { requestPatienceMs } from '@cometpad/shared'
import type { Clock, Limits } from '@cometpad/shared'
import type { FastifyInstance, FastifyRequest } from 'fastify'

type Bounds = Pick<Limits, 'requestMs' | 'slowestBytesPerSecond' | 'postBytes'>

/** No request takes longer than the largest body on the slowest line: for Node, which counts also what no hook sees. */
export function longestRequestMs(bounds: Bounds): number {
  return requestPatienceMs(bounds.postBytes, bounds)
}

/** Before any hook that refuses: what is refused may still have a body that never ends. */
export function registerSlowBodies(
  app: FastifyInstance,
  { clock, limits }: { clock: Clock; limits: Bounds },
): void {
  app.addHook('onRequest', async ({ raw, headers }: FastifyRequest) => {
    if (headers['transfer-encoding'] === undefined && headers['content-length'] === undefined) return
    if (raw.complete) return
    const { socket } = raw
    const begun = clock.now()
    const before = socket.bytesRead
    const look = (): void => {
      if (raw.complete || socket.destroyed) return
      const arrived = socket.bytesRead - before
      const left = begun + requestPatienceMs(arrived, limits) - clock.now()
      if (left <= 0) socket.destroy()
      else stop = clock.after(Math.ceil(left), look)
    }
    let stop = clock.after(limits.requestMs, look)
    raw.once('close', () => {
      if (raw.complete) stop()
    })
  })
}
