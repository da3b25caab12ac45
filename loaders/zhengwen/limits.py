"""How much of a file is read: the limits that keep a hostile file from taking all time and memory.

The table in ``docs/ci.md`` lists them for users.
"""

MIB, GIB = 2**20, 2**30

#: The deepest nesting of lists and objects in JSON and YAML.
DEPTH = 100
#: The most values in a YAML file, once its aliases are replaced by what they stand for.
YAML_VALUES = 100_000
#: The most characters of a number in YAML.
YAML_NUMBER = 100
#: The most bytes of a line of JSON.
LINE = 64 * MIB
#: Decompressed data may have RATIO times the size of the compressed data, or UNPACKED bytes, whichever is more.
RATIO = 1_000
UNPACKED = GIB
#: The most memory that the check of a Parquet file may need, in bytes.
PARQUET_MEMORY = 2 * GIB
#: The most processor time for a batch of rows of a Parquet file, in seconds.
PARQUET_SECONDS = 60
#: The most findings in a file; it is not read further.
FINDINGS = 100_000
#: A finding shows at most this many characters of its record.
RECORD_SHOWN = 4_000
