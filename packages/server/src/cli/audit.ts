/** `cometpad audit DOCUMENT`: who has given or taken back rights and links, restored or deleted it. */
import type { TrailEntry } from '../core/ports.ts'
import { UsageError } from './command.ts'
import type { Command, Terminal } from './command.ts'
import { exitCode } from './exit-codes.ts'
import { commonFlags, dataFolder, helpOf, readWords } from './flags.ts'
import { openOperations } from './open-operations.ts'
import { Output, plain } from './output.ts'

export const audit: Command = {
  name: 'audit',
  summary: 'tell who has changed the rights in a document, restored or deleted it',
  help: () =>
    helpOf({
      usage: ['audit DOCUMENT [flags]'],
      text: [
        'One line for each change: when, by whom, what, about whom or which link, and the role that was given. The newest last.',
        'Of a document that was deleted it tells by whom. Owners see the same at /v1/trail. Changes nothing.',
      ],
      flags: commonFlags,
    }),
  run,
}

async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const words = readWords(argv, commonFlags)
  const [documentId, more] = words.rest
  if (documentId === undefined || more !== undefined)
    throw new UsageError('Say one DOCUMENT: cometpad audit DOCUMENT.')
  const output = new Output(terminal, words)
  const operations = await openOperations(dataFolder(words, terminal), terminal)
  try {
    const trail = (await operations.trail(documentId)).map(({ at, ...entry }) => ({
      at: new Date(at).toISOString(),
      ...entry,
    }))
    output.result(trail.length === 0 ? ['Nothing was changed.'] : trail.map(lineFor), { documentId, trail })
  } finally {
    await operations.close()
  }
  return exitCode.done
}

function lineFor({ at, by, what, about, role }: Omit<TrailEntry, 'at'> & { readonly at: string }): string {
  const words = [by, what, about, role === null ? 'as the token says' : role]
  return [at, ...words.filter((word) => word !== undefined).map(plain)].join('  ')
}
