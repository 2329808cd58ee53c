/**
 * Node's HTTP without its face as an ES module: that face reads every export, and one of them loads a whole second HTTP
 * client. An agent that takes what it needs from here keeps 10 MB less in memory.
 */
export const {
  Agent: HttpAgent,
  createServer,
  request: requestHttp,
} = process.getBuiltinModule('node:http');
