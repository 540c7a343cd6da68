/** How long a request may take. Both ends reckon alike: else a client gives up what its server still takes in, or the other way about. */
import type { Limits } from './limits.ts'

type Bounds = Pick<Limits, 'requestMs' | 'slowestBytesPerSecond'>

/** How far a body has come is not told by a browser; so a request is given the time that its bytes take on the slowest line. */
export function requestPatienceMs(bytes: number, { requestMs, slowestBytesPerSecond }: Bounds): number {
  return requestMs + Math.ceil((bytes / slowestBytesPerSecond) * 1_000)
}
