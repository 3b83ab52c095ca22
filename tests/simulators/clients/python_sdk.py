"""Drives the vendor's Python SDK (kingdee.cdp.webapi.sdk) for tests/clients/galaxy.rs.

stdin: {"url", "acct_id", "user", "app_id", "app_secret", "calls": [[method, argument…], …]}
stdout: a JSON array with the text that each call returned, or {"raised": "…"}.
"""

import json
import sys

from k3cloud_webapi_sdk.main import K3CloudApiSdk

task = json.load(sys.stdin)
sdk = K3CloudApiSdk(task["url"])
sdk.InitConfig(task["acct_id"], task["user"], task["app_id"], task["app_secret"], task["url"], 2052, 0)
answers = []
for method, *arguments in task["calls"]:
    try:
        answers.append(getattr(sdk, method)(*arguments))
    except Exception as error:  # what an operator of the SDK would see
        answers.append({"raised": str(error)})
json.dump(answers, sys.stdout)
