"""Lists and dicts as JSON data, by the rules of E2B's template: NaN is null, tuples are arrays, keys become texts."""
import datetime
import math

LEAST, MOST = -(2**63), 2**64 - 1


def as_json(value):
    """The data. Raises TypeError where something in it has no place in JSON."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        if LEAST <= value <= MOST:
            return value
        raise TypeError("the number is too large")
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, (list, tuple)):
        return [as_json(item) for item in value]
    if isinstance(value, dict):
        return {key_of(key): as_json(item) for key, item in value.items()}
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    raise TypeError("%s is no data" % type(value).__name__)


def key_of(key):
    if isinstance(key, (list, tuple, dict)):
        raise TypeError("%s is no key" % type(key).__name__)
    plain = as_json(key)
    if plain is None or isinstance(plain, bool):
        return str({None: "null", True: "true", False: "false"}[plain])
    return plain if isinstance(plain, str) else repr(plain)
