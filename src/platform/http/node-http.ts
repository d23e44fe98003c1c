/**
 * `node:http` for code that is loaded at each start. Importing it loads its WebSocket and fetch too, which takes 50
 * ms.
 */
export const nodeHttp = process.getBuiltinModule('node:http')
