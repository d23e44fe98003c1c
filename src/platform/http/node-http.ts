/** `node:http`, for what is loaded at each start: to import it loads its WebSocket and fetch, too, which takes 50 ms. */
export const nodeHttp = process.getBuiltinModule('node:http')
