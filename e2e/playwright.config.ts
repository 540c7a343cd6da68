/** Real browsers: the system's own where there are some, else those that Playwright brings. */
import { existsSync } from 'node:fs'
import { defineConfig } from '@playwright/test'
import type { CollaborationOptions } from './fixtures.ts'

const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
)
const firefox = ['/usr/bin/firefox-esr', '/usr/bin/firefox'].find((path) => existsSync(path))

const inChromium = {
  browserName: 'chromium' as const,
  launchOptions: {
    ...(chromium === undefined ? {} : { executablePath: chromium }),
    args: [
      '--no-sandbox',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // A page that a test makes up comes from nowhere, and may talk to this machine all the same.
      '--disable-features=LocalNetworkAccessChecks',
    ],
  },
}

// The system's Firefox speaks WebDriver BiDi; Playwright's own build is found without these lines.
const inFirefox =
  firefox === undefined
    ? { browserName: 'firefox' as const }
    : ({
        browserName: 'firefox',
        channel: 'moz-firefox',
        launchOptions: { executablePath: firefox },
      } as const)

export default defineConfig<CollaborationOptions>({
  testDir: './specs',
  globalSetup: './embedding/build.ts',
  fullyParallel: true,
  workers: 2,
  // In CI, where a machine may stall, what fails once is tried once more and named as flaky. A loss is not forgiven:
  // see `specs/collaboration/same-paragraph.spec.ts`.
  retries: process.env['CI'] === undefined ? 0 : 1,
  // Deadlines, not expectations: a busy machine opens a page in ten seconds instead of one.
  timeout: 180_000,
  expect: { timeout: 30_000 },
  forbidOnly: process.env['CI'] !== undefined,
  reporter: [['list']],
  use: {
    // A trace takes about as long again as what it traces: where there is a second try, that one is traced.
    trace: process.env['CI'] === undefined ? 'retain-on-failure' : 'on-first-retry',
    testIdAttribute: 'data-testid',
  },
  projects: [
    { name: 'chromium', use: inChromium },
    // The same people in the same documents, where WebSockets are refused, and where streams are held back as well.
    ...(['stream', 'poll'] as const).map((transport) => ({
      name: `chromium over ${transport}`,
      testMatch: /collaboration/,
      use: { ...inChromium, transport },
    })),
    {
      name: 'firefox',
      testMatch: /collaboration|doctor|offline|farewell/,
      grepInvert: /@chromium/,
      use: inFirefox,
    },
  ],
})
