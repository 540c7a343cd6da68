/**
 * The file in the data folder by which commands find the server that holds it: the port it listens on, on this machine
 * alone, and a secret. Only the folder's owner can read it, and who can read the folder has its documents anyway.
 */
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const CONTROL_FILE = 'control.json'

export interface ControlAddress {
  readonly port: number
  readonly secret: string
}

export async function writeControlFile(folder: string, address: ControlAddress): Promise<void> {
  const path = join(folder, CONTROL_FILE)
  // One that a crash has left may have other rights.
  await rm(path, { force: true })
  await writeFile(path, `${JSON.stringify(address)}\n`, { mode: 0o600, flag: 'wx' })
}

export async function removeControlFile(folder: string): Promise<void> {
  await rm(join(folder, CONTROL_FILE), { force: true })
}

/** Undefined when there is none, or none that can be read. */
export async function readControlFile(folder: string): Promise<ControlAddress | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(join(folder, CONTROL_FILE), 'utf8'))
    if (typeof value !== 'object' || value === null || !('port' in value) || !('secret' in value))
      return undefined
    const { port, secret } = value
    return typeof port === 'number' && typeof secret === 'string' ? { port, secret } : undefined
  } catch {
    // Whoever needs it says that the server cannot be reached.
    return undefined
  }
}
