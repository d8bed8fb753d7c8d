// Lets npm's solc answer like the native compiler. Only what forge and py-solc-x ask: --version and --standard-json.
'use strict'

const path = require('node:path')
const fs = require('node:fs')

function loadCompiler () {
  try {
    return require(path.join(__dirname, '..', 'node_modules', 'solc'))
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error
    process.stderr.write('The Solidity compiler is not installed: run "make setup".\n')
    process.exit(2)
  }
}

const compiler = loadCompiler()
// The compiler package installs a handler that would print its own name before every error.
process.removeAllListeners('uncaughtException')

if (process.argv.includes('--version')) {
  const version = compiler.version().replace('Emscripten.clang', 'Linux.g++')
  process.stdout.write('solc, the solidity compiler commandline interface\nVersion: ' + version + '\n')
} else if (process.argv.includes('--standard-json')) {
  process.stdout.write(compiler.compile(fs.readFileSync(0, 'utf8')) + '\n')
} else {
  process.stderr.write('This compiler wrapper knows --version and --standard-json only.\n')
  process.exit(2)
}
