"""An independent shop: signs forms and refunds, and checks what the bank sends, with the package python-redsys.

Called as: redsys_peer.py (form | refund | check) SIGNATURE_VERSION SECRET_KEY, with a JSON object on standard input.
"""

import json
import sys
from decimal import Decimal

from redsys.clients import DirectClient, RedirectClient

command, version, key = sys.argv[1:]
told = json.load(sys.stdin)
kind = DirectClient if command == "refund" else RedirectClient
client = kind(key, merchant_code="999008881", terminal=1, sandbox=True, signature_version=version)
if command == "check":
    response = client.parse_response(told)  # raises when the signature does not fit
    answer = {"order": response.order, "response": response.response, "amount": str(response.amount)}
else:
    told["amount"] = Decimal(told["amount"])
    make = client.refund if command == "refund" else client.payment
    answer = make(currency=978, **told).to_dict()
print(json.dumps(answer))
