/** Tells an operational error from every other. */
import { CometpadError } from '../src/index.ts'
import type { ErrorCode } from '../src/index.ts'

/** The code that `run` fails with, or 'fine'. Whatever else is thrown goes on: that is a fault. */
export function codeOf(run: () => unknown): ErrorCode | 'fine' {
  try {
    run()
    return 'fine'
  } catch (cause) {
    if (cause instanceof CometpadError) return cause.code
    throw cause
  }
}
