/** What networks, gateways and sign-in pages do to a request, and to what becomes of it. */
export const faults = {
  upgrade: ['refuse', 'cut', 'half-open', 'delay'],
  get: ['refuse', 'cut', 'half-open', 'delay', 'buffer', 'truncate'],
  post: ['refuse', 'lose the answer', 'cut', 'half-open', 'delay', 'truncate', 'duplicate', 'reorder'],
} as const

export type Kind = keyof typeof faults
/** Undefined: nothing, it goes as it should. */
export type Fault = (typeof faults)[Kind][number] | undefined
export type FaultName = { [K in Kind]: `${K}: ${(typeof faults)[K][number]}` }[Kind]

/** In milliseconds: longer than everything that is quick, shorter than every wait for an answer. */
export const LONGEST_MS = 400
