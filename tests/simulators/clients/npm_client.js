// Drives npm kingdee-k3-webapi 1.0.5 for tests/clients/galaxy.rs. NODE_PATH names its node_modules.
//
// stdin: {"url", "calls": [[service, [parameter…]], …]}   stdout: a JSON array of the answers.
// The session cookies go from call to call as the client itself carries them.
'use strict';

const ApiClient = require('kingdee-k3-webapi/lib/api-client.js');

let text = '';
process.stdin.setEncoding('utf8');
process.stdin.on('data', (part) => { text += part; });
process.stdin.on('end', async () => {
  const task = JSON.parse(text);
  const client = new ApiClient(task.url);
  const answers = [];
  for (const [service, parameters] of task.calls) {
    answers.push(await client.execute(`Kingdee.BOS.WebApi.ServicesStub.${service}`, parameters));
  }
  process.stdout.write(JSON.stringify(answers));
});
