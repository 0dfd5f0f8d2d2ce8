"""What holds for every test; and what a thousand applications of one process need only once."""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType

from flask import Flask
from hypothesis import HealthCheck, settings
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.routing import Rule

# Cores are shared: how long one example takes says nothing of the product.
settings.register_profile("shared-cores", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared-cores")


class TemplatesCompiledOnce(BytecodeCache):
    """Most tests of pages make an application of their own; compiling its templates was half of their time."""

    def __init__(self) -> None:
        self._code: dict[tuple[object, ...], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._code.get(self._key(bucket))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[self._key(bucket)] = bucket.code

    def _key(self, bucket: Bucket) -> tuple[object, ...]:
        made = bucket.environment
        return bucket.key, bucket.checksum, made.trim_blocks, made.lstrip_blocks


Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": TemplatesCompiledOnce()}

_compiled_rules: dict[tuple[object, ...], Callable[..., tuple[str, str]]] = {}
_compile_rule = Rule._compile_builder


def _compile_rule_once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    """Another fifth: werkzeug writes a function for each address, which takes the rule itself as its argument."""
    key = (tuple(rule._trace), repr(rule.defaults), append_unknown)
    if key not in _compiled_rules:
        _compiled_rules[key] = _compile_rule(rule, append_unknown)
    return _compiled_rules[key]


Rule._compile_builder = _compile_rule_once  # type: ignore[method-assign]
