"""Puts corpus/, which has a copy of schema/, into wheels; an editable install reads both from the checkout."""

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class DataHook(BuildHookInterface):
    """Adds the data to standard builds only, so that an editable install never sees a frozen copy of it."""

    def initialize(self, version, build_data):
        if version == "standard":
            build_data["force_include"]["corpus"] = "zhengwen/data/corpus"
