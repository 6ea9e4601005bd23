"""Holds what a command printed with --json against its schema: every key that is printed must be
described, so that none is forgotten.

    check_json.py SCHEMA.json RESULT.json ...
"""

import json
import sys

import jsonschema


def closed(schema):
    """The same schema, in which objects with described keys have no others."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    result = {key: closed(part) for key, part in schema.items()}
    if isinstance(result.get("properties"), dict) and result.get("type") == "object":
        result.setdefault("additionalProperties", False)
    return result


def main() -> int:
    with open(sys.argv[1]) as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(closed(schema))
    faults = 0
    for path in sys.argv[2:]:
        with open(path) as file:
            result = json.load(file)
        for error in validator.iter_errors(result):
            print(f"{path}: {error.json_path}: {error.message[:200]}")
            faults += 1
    print(f"{len(sys.argv) - 2} results, {faults} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
