/** For signing out: what a person has left on a device that others use too. */
import { browserEnvironment } from '../browser-environment.ts'
import type { Environment } from '../environment.ts'

export interface ForgetOptions {
  /** That of the option `persist`. */
  readonly prefix?: string
  readonly environment?: Environment
}

/**
 * Removes every document from the device, unsaved edits included. Pages that are still open keep nothing from then on, and
 * say so.
 */
export async function forgetOnThisDevice({ prefix = '', environment }: ForgetOptions = {}): Promise<void> {
  await (environment ?? browserEnvironment()).offlineStore?.(prefix).forget(undefined)
}
