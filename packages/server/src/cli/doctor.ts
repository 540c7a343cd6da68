/**
 * `cometpad doctor`: one command, told by its flags what to look at. Each thing that can be looked at has a file of its own,
 * and is a command without a name; knows nothing of what they find.
 */
import type { Command } from './command.ts'
import { serverDoctor } from './doctor-server.ts'
import { storeDoctor } from './doctor-store.ts'

/** Flags that speak of a server; without one of them it is the data folder that is meant. */
const SERVER_FLAGS = /^--(url|origin|hold)(=|$)/

export const doctor: Command = {
  name: 'doctor',
  summary: 'look for what is wrong with the data, or with the way to a server, or soon will be',
  help: () => `${storeDoctor.help()}\n\n${serverDoctor.help()}`,
  run: (argv, terminal) =>
    (argv.some((word) => SERVER_FLAGS.test(word)) ? serverDoctor : storeDoctor).run(argv, terminal),
}
