// Decides simulations with @cloud-copilot/iam-simulate, through its published interface alone. A line of standard input is a
// list of simulations; the line of standard output in its place is the list of results.
const readline = require('node:readline')
const { runSimulation } = require('@cloud-copilot/iam-simulate')

async function decide(simulation) {
  const response = await runSimulation(simulation, {})
  if (response.resultType === 'error') {
    return { error: response.errors }
  }
  const { blockedBy } = response.result?.analysis ?? {}
  return { result: response.overallResult, blockedBy, ignored: response.result?.ignoredContextKeys }
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const results = []
    for (const simulation of JSON.parse(line)) {
      const begin = process.hrtime.bigint()
      const result = await decide(simulation)
      results.push({ ...result, microseconds: Number(process.hrtime.bigint() - begin) / 1000 })
    }
    process.stdout.write(JSON.stringify(results) + '\n')
  }
}

main()
