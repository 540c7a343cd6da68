/**
 * Can this disk take so many bytes now? Tried, not only asked: quotas, disks that are read-only and disks that fail do not
 * show in the number of free bytes.
 */
import { open, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'

const PROBE_FILE = 'space-probe'

export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

/** Resolves to what is in the way, or undefined when the bytes could be written and synced. */
export async function whatIsInTheWay(folder: string, bytes: number): Promise<unknown> {
  const path = join(folder, PROBE_FILE)
  try {
    const free = await freeBytes(folder)
    if (free < bytes) return new Error(`Only ${free} bytes are free, ${bytes} are needed.`)
    const file = await open(path, 'w')
    try {
      await file.write(new Uint8Array(bytes))
      await file.datasync()
    } finally {
      await file.close()
    }
    return undefined
  } catch (cause) {
    return cause
  } finally {
    await rm(path, { force: true }).catch(() => undefined)
  }
}
