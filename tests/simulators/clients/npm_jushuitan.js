// Drives npm jushuitan 1.0.2 (the legacy interface) for tests/clients/jushuitan.rs. NODE_PATH names its node_modules.
//
// stdin: {"url", "partnerid", "partnerkey", "token", "calls": [[method, form], …]}
// stdout: a JSON array of the answers, in the order of the calls; {"raised": "…"} for what it throws.
'use strict';

const Jushuitan = require('jushuitan');

let text = '';
process.stdin.setEncoding('utf8');
process.stdin.on('data', (part) => { text += part; });
process.stdin.on('end', async () => {
  const { calls, ...config } = JSON.parse(text);
  const client = new Jushuitan(config);
  const answers = [];
  for (const [method, form] of calls) {
    try {
      answers.push(await client.query(method, form));
    } catch (error) {
      answers.push({ raised: String(error) });
    }
  }
  process.stdout.write(JSON.stringify(answers));
});
