#!/usr/bin/env python3
"""What PyPI's `PyJWT` says of a token: `jwt_claims.py ALGORITHM PUBLIC_PEM_HEX TOKEN [AUDIENCE]` prints its header and
its claims, or the reason why the signature does not hold."""

import json
import sys

import jwt


def main(algorithm, public, token, audience=None):
    key = bytes.fromhex(public).decode()
    try:
        # The clock of the test stands still: whether the token has run out is the test's own question.
        claims = jwt.decode(token, key, algorithms=[algorithm], audience=audience,
                            options={"verify_exp": False, "verify_iat": False})
    except jwt.PyJWTError as fault:
        print(json.dumps({"refused": type(fault).__name__}))
        return
    print(json.dumps({"header": jwt.get_unverified_header(token), "claims": claims}))


if __name__ == "__main__":
    main(*sys.argv[1:])
