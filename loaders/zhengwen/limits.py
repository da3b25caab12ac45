"""How much of a file is read: the limits that keep a hostile file from taking all time and memory.

The table in ``docs/ci.md`` lists them for users.
"""

KIB, MIB, GIB = 2**10, 2**20, 2**30

#: How deep lists and objects may nest in JSON and YAML.
DEPTH = 100
#: Of how many values a YAML file may consist once its aliases are replaced by what they stand for.
YAML_VALUES = 100_000
#: How many characters a number in YAML may have.
YAML_NUMBER = 100
#: How many bytes a line of JSON may have.
LINE = 64 * MIB
#: What is compressed may grow to so many times its size, and always to so many bytes.
RATIO = 1_000
UNPACKED = GIB
#: How much memory a Parquet file may need to be checked, in bytes.
PARQUET_MEMORY = 2 * GIB
#: How many seconds of processor time a batch of rows of a Parquet file may take.
PARQUET_SECONDS = 60
#: After so many findings, a file is not read further.
FINDINGS = 1_000_000
#: A finding shows at most this many characters of its record.
RECORD_SHOWN = 4_000
