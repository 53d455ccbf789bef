"""Reads configurations as the AWS CLI does.

Standard input: a JSON text a line, each a whole file. Standard output: for each a line, the sections and their options as Python's
reader has them ("raw") and the profiles that botocore makes of them, or the error.
"""

import json
import os
import sys
import tempfile

import botocore.configloader
import botocore.exceptions


def read(path):
    try:
        raw = botocore.configloader.raw_config_parse(path, parse_subsections=False)
        return {"raw": raw, "profiles": botocore.configloader.load_config(path)["profiles"]}
    except botocore.exceptions.ConfigParseError as error:
        return {"error": str(error)}


def main():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "config")
        for line in sys.stdin:
            with open(path, "w", encoding="utf-8", newline="") as file:
                file.write(json.loads(line))
            print(json.dumps(read(path)))


main()
