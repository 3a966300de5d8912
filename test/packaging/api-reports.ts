import { existsSync } from 'node:fs'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import {
  CompilerState,
  Extractor,
  ExtractorConfig,
  ExtractorLogLevel,
  type ExtractorMessage,
} from '@microsoft/api-extractor'
import { type Entry, type Manifest, entriesOf } from './packed-package.ts'

const usage = `Usage: api [--check]

Writes test/api: for each entry of the packages the names that users have of it, with their types. Needs the packages built.

  --check   writes nothing; exits with 1 when a page is not as the packages are
`

const root = join(import.meta.dirname, '..', '..')
const pages = join(root, 'test', 'api')

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false }, help: { type: 'boolean' } } })
if (values.help) process.stdout.write(usage)
else await reportAll(values.check)

async function reportAll(isCheck: boolean): Promise<void> {
  const temporary = await mkdtemp(join(tmpdir(), 'scopes-api-'))
  const written = new Set<string>()
  try {
    for (const folder of await publicFolders()) {
      const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest
      const configs = entriesOf(manifest).map(entry => configOf(folder, entry, temporary))
      // One program for all entries of a package: its declarations are read once.
      const [first, ...others] = configs
      if (first === undefined) continue
      const compilerState = CompilerState.create(first, {
        additionalEntryPoints: others.map(config => config.mainEntryPointFilePath),
      })
      for (const config of configs) {
        written.add(config.reportFilePath.slice(pages.length + 1))
        report(config, compilerState, isCheck)
      }
    }
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
  for (const page of await readdir(pages)) {
    if (page.endsWith('.api.md') && !written.has(page)) fail(`test/api/${page} is of an entry that is no more`)
  }
  process.stdout.write(`${written.size} entries\n`)
}

async function publicFolders(): Promise<readonly string[]> {
  const names = await readdir(join(root, 'packages'))
  return names.map(name => join(root, 'packages', name)).filter(folder => existsSync(join(folder, 'package.json')))
}

function configOf(folder: string, { specifier, types }: Entry, temporary: string): ExtractorConfig {
  return ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(folder, 'package.json'),
    configObject: {
      projectFolder: folder,
      mainEntryPointFilePath: join(folder, types),
      newlineKind: 'lf',
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            target: 'es2023',
            lib: ['es2023', 'esnext.disposable'],
            module: 'nodenext',
            types: ['node'],
            // Not those of the working directory.
            typeRoots: [join(folder, 'node_modules', '@types')],
            strict: true,
            skipLibCheck: true,
          },
          include: ['dist'],
        },
      },
      apiReport: {
        enabled: true,
        reportFileName: `${specifier.replace('@scopes/', '').replaceAll('/', '.')}.api.md`,
        reportFolder: pages,
        reportTempFolder: temporary,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
        extractorMessageReporting: {
          default: { logLevel: ExtractorLogLevel.Error },
          // Every exported name is public; a member that a class has by an interface is documented there.
          'ae-missing-release-tag': { logLevel: ExtractorLogLevel.None },
          'ae-undocumented': { logLevel: ExtractorLogLevel.None },
          'ae-forgotten-export': { logLevel: ExtractorLogLevel.Warning, addToApiReportFile: true },
          'ae-unresolved-link': { logLevel: ExtractorLogLevel.None },
        },
        tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
      },
    },
  })
}

function report(config: ExtractorConfig, compilerState: CompilerState, isCheck: boolean): void {
  const name = config.reportFilePath.slice(root.length + 1)
  const errors: string[] = []
  const { apiReportChanged } = Extractor.invoke(config, {
    compilerState,
    localBuild: !isCheck,
    messageCallback(message: ExtractorMessage) {
      if (message.logLevel === ExtractorLogLevel.Error) errors.push(message.formatMessageWithLocation(root))
      message.handled = true
    },
  })
  if (errors.length > 0) fail(`${name}:\n${errors.join('\n')}`)
  if (isCheck && apiReportChanged)
    fail(`${name} is not as the package is: run "pnpm run api", read what has changed, and commit it`)
}

function fail(message: string): void {
  process.stderr.write(`${message}\n`)
  process.exitCode = 1
}
