"""The session's real pcscd and its virtual reader, for every end-to-end test."""

from tests.pcsc_stack import pcsc_stack, virtual_reader

__all__ = ["pcsc_stack", "virtual_reader"]
