/** The commands of `cometpad`, in the order in which help lists them. */
import { audit } from './audit.ts'
import { backup } from './backup.ts'
import type { Command } from './command.ts'
import { compact } from './compact.ts'
import { doctor } from './doctor.ts'
import { exportCommand } from './export.ts'
import { importCommand } from './import.ts'
import { quarantine } from './quarantine.ts'
import { restore } from './restore.ts'
import { rights } from './rights.ts'
import { serve } from './serve.ts'
import { verify } from './verify.ts'

export const commands: readonly Command[] = [
  serve,
  backup,
  restore,
  verify,
  doctor,
  compact,
  audit,
  rights,
  quarantine,
  exportCommand,
  importCommand,
]
