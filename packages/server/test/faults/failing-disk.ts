/** A program that writes to a folder in memory under a disk that can be made to fail, for one file of tests. Knows no LevelDB. */
import { afterAll, beforeAll } from 'vitest'
import { bundle } from '../bundle.ts'
import type { Bundle } from '../bundle.ts'
import { memoryFolder } from '../storage/folders.ts'
import { compileShim, noShim } from './disk.ts'

export interface FailingDisk {
  readonly folder: string
  /** The library that stands between the program and the kernel. */
  readonly shim: string
  /** The bundled program. */
  readonly file: string
}

/** There from the first test on, where there is a compiler. */
export function failingDisk(): FailingDisk {
  const disk = { folder: '', shim: '', file: '' }
  let program: Bundle | undefined
  let remove: () => Promise<void>
  beforeAll(async () => {
    ;({ folder: disk.folder, remove } = await memoryFolder())
    if (noShim !== undefined) return
    disk.shim = compileShim(disk.folder)
    program = await bundle('test/faults/disk-program.ts')
    disk.file = program.file
  }, 180_000)
  afterAll(async () => {
    await program?.remove()
    await remove()
  })
  return disk
}
