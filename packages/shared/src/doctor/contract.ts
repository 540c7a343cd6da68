/**
 * What the doctor asks a server for. The addresses lie where documents do, so that what a proxy does there is what is seen;
 * no document can have this id.
 */
export const DOCTOR_PATH = '/v1/yjs/docs/+doctor'
export const DOCTOR_SOCKET_PATH = '/v1/ws/+doctor'

/** The body of a probe for sizes. */
export const DOCTOR_TYPE = 'application/vnd.cometpad.doctor'

/** What the server says of itself and of the request. */
export interface DoctorFacts {
  readonly product: 'cometpad'
  readonly protocol: number
  /** Milliseconds since 1970. */
  readonly time: number
  /** Did the request arrive with the host of the query? null: the query names none. */
  readonly isHostKept: boolean | null
  /** May pages of the origin of the query use this server? null: the query names none. */
  readonly isOriginAllowed: boolean | null
}

export function isDoctorFacts(value: unknown): value is DoctorFacts {
  return (
    typeof value === 'object' &&
    value !== null &&
    'product' in value &&
    value.product === 'cometpad' &&
    'protocol' in value &&
    typeof value.protocol === 'number' &&
    'time' in value &&
    typeof value.time === 'number' &&
    'isHostKept' in value &&
    'isOriginAllowed' in value
  )
}
