/** `cometpad backup FILE`: everything that the store has, as it is at one moment, while people go on to write. */
import { basename } from 'node:path'
import { catalogOf, inspectBackup } from '../storage/index.ts'
import { UsageError } from './command.ts'
import type { Command, Terminal } from './command.ts'
import { exitCode } from './exit-codes.ts'
import { commonFlags, dataFolder, helpOf, readWords } from './flags.ts'
import type { Flag } from './flags.ts'
import { openOperations } from './open-operations.ts'
import { Output, bytesText, count } from './output.ts'
import { writeFileWhole } from './write-file.ts'

const flags: readonly Flag[] = [
  {
    flag: 'since',
    value: 'FILE',
    help: 'An earlier backup, full or itself continued: keep only what is new since then.',
  },
  ...commonFlags,
]

export const backup: Command = {
  name: 'backup',
  summary: 'write a backup, also while the server runs',
  help: () =>
    helpOf({
      usage: ['backup FILE [--since FILE] [flags]'],
      text: [
        'Holds every edit that was acknowledged before it began. Once written it is read back and checked.',
        'A backup holds the documents and the secrets of the server: keep it as you keep the data folder.',
      ],
      flags,
    }),
  run,
}

async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const words = readWords(argv, flags)
  const [path, more] = words.rest
  if (path === undefined || more !== undefined) throw new UsageError('Say one FILE: cometpad backup FILE.')
  const output = new Output(terminal, words)
  const since = words.text('since')
  const base = since === undefined ? undefined : catalogOf(await inspectBackup(since))
  const operations = await openOperations(dataFolder(words, terminal), terminal)
  const began = performance.now()
  const bar = output.bar({ label: `Backing up to ${basename(path)}`, unit: 'bytes' })
  let bytes: number
  try {
    bytes = await writeFileWhole(path, operations.backup({ kind: 'backup', base }), (more) => bar.add(more))
  } finally {
    bar.end()
    await operations.close()
  }
  const ms = performance.now() - began
  const { end, header } = await inspectBackup(path)
  const { damaged, documents } = end
  output.result(
    [
      `${count(documents, 'document')}, ${bytesText(bytes)} in ${(ms / 1000).toFixed(1)} s: ${path}`,
      ...damaged.map((id) => `Damaged in the store, and taken along as found: ${id}`),
    ],
    { file: path, id: header.id, base: header.base, documents, bytes, ms: Math.round(ms), damaged },
  )
  return exitCode.done
}
