/** `cometpad rights DOCUMENT --owner SUBJECT`: sets the rights in a document anew, also when what is kept of them cannot be read. */
import { limits } from '@cometpad/shared'
import { UsageError } from './command.ts'
import type { Command, Terminal } from './command.ts'
import { exitCode } from './exit-codes.ts'
import { commonFlags, dataFolder, helpOf, readWords } from './flags.ts'
import type { Flag } from './flags.ts'
import { openOperations } from './open-operations.ts'
import { Output } from './output.ts'

const flags: readonly Flag[] = [
  { flag: 'owner', value: 'SUBJECT', help: 'Who owns the document then: the claim "sub" of their tokens.' },
  ...commonFlags,
]

export const rights: Command = {
  name: 'rights',
  summary: 'forget the rights and links of a document, and name its owner anew',
  help: () =>
    helpOf({
      usage: ['rights DOCUMENT --owner SUBJECT [flags]'],
      text: [
        'All that owners have said in DOCUMENT is forgotten, and all its share links are revoked. Of others counts what their tokens',
        'say. For rights that are damaged, or in the wrong hands. The text stays as it is, and who is in learns it within two seconds.',
      ],
      flags,
    }),
  run,
}

async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const words = readWords(argv, flags)
  const [documentId, more] = words.rest
  const owner = words.text('owner') ?? ''
  if (documentId === undefined || more !== undefined || owner === '' || owner.length > limits.subjectLength)
    throw new UsageError('Say one DOCUMENT and whose it is: cometpad rights DOCUMENT --owner SUBJECT.')
  const output = new Output(terminal, words)
  const operations = await openOperations(dataFolder(words, terminal), terminal)
  try {
    await operations.resetRights(documentId, owner)
    output.result([`"${documentId}" is owned by "${owner}"; it has no other rights and no links.`], {
      documentId,
      owner,
    })
  } finally {
    await operations.close()
  }
  return exitCode.done
}
