/** Reads what there is of a document now, in one plain request, and puts it into the replica. Says nothing to the server. */
import type { CometpadError } from '@cometpad/shared'
import { Dialogue } from './dialogue.ts'
import type { Environment, Fetch } from './environment.ts'
import type { Replica } from './replica.ts'
import { ABNORMAL_CLOSE } from './transport.ts'
import type { TransportRequest } from './transport.ts'
import { Exchange, ExchangeFailure, readMessages } from './transports/http/exchange.ts'

/** Resolves with what was wrong; undefined: everything has come. */
export async function readCatchUp(
  { random }: Environment,
  fetch: Fetch,
  request: TransportRequest,
  replica: Replica,
  signal: AbortSignal,
): Promise<ExchangeFailure | undefined> {
  let problem: CometpadError | undefined
  const dialogue = new Dialogue(replica, request.whereabouts(), () => undefined, {
    greeted: () => undefined,
    drain: () => undefined,
    distrust: (cause) => (problem = cause),
  })
  try {
    const exchange = new Exchange(fetch, request, random)
    const response = await exchange.get({ live: undefined, signal })
    await readMessages(response, (message) => {
      if (!signal.aborted) dialogue.receive(message)
    })
    return problem === undefined ? undefined : new ExchangeFailure(ABNORMAL_CLOSE, { cause: problem })
  } catch (cause) {
    return cause instanceof ExchangeFailure ? cause : new ExchangeFailure(ABNORMAL_CLOSE, { cause })
  }
}
