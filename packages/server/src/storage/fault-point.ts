/**
 * Named places at which a test lets the process die or an operation fail. Nothing is armed in production: then this is a
 * look at an empty variable. The places are listed in docs/durability.md.
 */
type Fault = (name: string) => void

let fault: Fault | undefined

/** Called at each place from now on; it may throw, or end the process. For tests. */
export function armFaultPoints(armed: Fault | undefined): void {
  fault = armed
}

export function faultPoint(name: string): void {
  fault?.(name)
}
