"""Puts corpus/ and schema/ into wheels; an editable install reads them from the checkout."""

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class DataHook(BuildHookInterface):
    """Adds the data to standard builds only, so that an editable install never sees a frozen copy of it."""

    def initialize(self, version, build_data):
        if version == "standard":
            build_data["force_include"]["corpus"] = "zhengwen/data/corpus"
            build_data["force_include"]["schema"] = "zhengwen/data/schema"
